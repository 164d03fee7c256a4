/** What a bug report needs: no prompt, no token, no name of a user. */
import type { HydraSettings, ServerState } from "../contracts";
import type { StatusResult } from "../wire/protocol";
import type { Interpreter } from "./python/interpreter";

export interface DebugFacts {
  readonly extension: string;
  readonly editor: string;
  readonly system: string;
  readonly trusted: boolean;
  readonly home: string;
  readonly state: ServerState;
  readonly crashes: number;
  readonly interpreter: Interpreter | undefined;
  /** Why there is no interpreter. */
  readonly problem: string | undefined;
  readonly native: string | null;
  readonly status: StatusResult | undefined;
  readonly settings: HydraSettings;
}

export function debugInformation(facts: DebugFacts): string {
  const { interpreter, state, status, settings } = facts;
  const python =
    interpreter === undefined
      ? `none (${facts.problem ?? "not looked for yet"})`
      : `${interpreter.version.join(".")} from ${interpreter.source}, ${interpreter.executable}, ${interpreter.abi}, ${interpreter.machine}`;
  const lines = [
    `Extension: ${facts.extension}; editor: ${facts.editor}; system: ${facts.system}`,
    `Workspace: ${facts.trusted ? "trusted" : "not trusted"}`,
    `Python: ${python}`,
    `Native parts: ${facts.native ?? "not installed; the interpreter's own, if it has them"}`,
    `Server: ${state.phase}${state.reason ? ` (${state.reason})` : ""}, version ${state.version ?? "?"}, process ${state.pid ?? "none"}, crashes in three minutes: ${facts.crashes}`,
    ...(status === undefined ? ["Status: no answer"] : told(status)),
    `Settings: ${JSON.stringify(plain(settings))}`,
  ];
  const text = lines.join("\n");
  return facts.home.length > 1 ? text.replaceAll(facts.home, "~") : text;
}

function told(status: StatusResult): string[] {
  const { predictor, catalogVersion, catalogFiles, problems, folders } = status;
  const pending = folders.filter((folder) => folder.pendingConsent !== null).length;
  return [
    `Predictor: ${predictor.state}, bundle ${predictor.bundle ?? "none"}${predictor.reason ? ` (${predictor.reason})` : ""}`,
    `Catalog: version ${catalogVersion ?? "none"}, ${catalogFiles.length} files, ${problems.length} problems, ${folders.length} folders, ${pending} waiting for consent`,
  ];
}

/** Of the user's catalog the keys only: what is in it is nobody's business. */
function plain({ catalog, ...settings }: HydraSettings): Record<string, unknown> {
  return { ...settings, catalog: Object.keys(catalog) };
}
