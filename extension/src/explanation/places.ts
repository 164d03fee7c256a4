/** Where the models of the decision that is shown are written: each folder has a catalog of its own. */
import type { RouterClient } from "../contracts";
import type { OriginInfo, RouteResult } from "../wire/protocol";

export class Places {
  /** By catalog id; empty while they are asked for, and without a server. */
  origins: ReadonlyMap<string, OriginInfo> = new Map();
  private asked: string | undefined;

  constructor(
    private readonly router: Pick<RouterClient, "catalog">,
    private readonly found: () => void,
  ) {}

  /** Asks once per folder and catalog version; a decision that is no longer shown when the answer comes has none. */
  async lookUp({ folder, catalogVersion }: RouteResult): Promise<void> {
    const key = JSON.stringify([folder, catalogVersion]);
    if (key === this.asked) return;
    this.asked = key;
    this.origins = new Map();
    try {
      const { models } = await this.router.catalog(folder);
      if (this.asked !== key) return;
      this.origins = new Map(
        models.flatMap(({ id, origin }) => (origin === null ? [] : [[id, origin] as const])),
      );
      this.found();
    } catch {
      if (this.asked === key) this.asked = undefined;
    }
  }
}
