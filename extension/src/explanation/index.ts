// Placeholder of helper E3 until the part is merged.
import { commands, type Disposable, type ExtensionContext } from "vscode";
import type { DecisionStore, RouterClient } from "../contracts";

export interface ExplanationParts {
  readonly context: ExtensionContext;
  readonly decisions: DecisionStore;
  readonly router: RouterClient;
}

/** Registers `hydraAuto.explain` (argument: a DecisionRecord's `key`; none: the last decision). */
export function registerExplanation(_parts: ExplanationParts): Disposable {
  return commands.registerCommand("hydraAuto.explain", () => undefined);
}
