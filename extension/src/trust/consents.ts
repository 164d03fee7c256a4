/** What the user has said to the catalogs of this workspace's folders, by their content. */
import type { Memento } from "vscode";
import type { GivenConsent } from "../wire/protocol";

const KEY = "catalogConsents";

interface Answer {
  readonly contentHash: string;
  readonly granted: boolean;
}

export class Consents {
  constructor(private readonly memento: Memento) {}

  /** Those that the server is told at its start. */
  given(): GivenConsent[] {
    return Object.entries(this.answers())
      .filter(([, answer]) => answer.granted)
      .map(([folder, { contentHash }]) => ({ folder, contentHash }));
  }

  /** The answer to that very content; undefined: not asked yet. */
  answerTo(folder: string, contentHash: string): boolean | undefined {
    const answer = this.answers()[folder];
    return answer?.contentHash === contentHash ? answer.granted : undefined;
  }

  async remember(folder: string, contentHash: string, granted: boolean): Promise<void> {
    await this.memento.update(KEY, { ...this.answers(), [folder]: { contentHash, granted } });
  }

  private answers(): Record<string, Answer> {
    return this.memento.get<Record<string, Answer>>(KEY, {});
  }
}
