import { type Uri, workspace } from "vscode";
import type { HydraSettings } from "../contracts";
import type { StickinessOptions, TierName } from "../wire/protocol";

export const SECTION = "hydraAuto";

/** `hydraAuto.*` as in force for `folder`, or for the window. */
export function readSettings(folder?: Uri): HydraSettings {
  const section = workspace.getConfiguration(SECTION, folder ?? null);
  return {
    tier: section.get<TierName>("tier", "balance"),
    statusBar: section.get("statusBar", true),
    stickiness: section.get<StickinessOptions>("stickiness", {}),
    deadlineMs: section.get("deadlineMs", 2500),
    silenceSeconds: section.get("silenceSeconds", 120),
    logPrompts: section.get("logPrompts", false),
    catalog: section.get<Record<string, unknown>>("catalog", {}),
    organisationCatalog: section.get("organisationCatalog", ""),
    interpreter: section.get("interpreter", ""),
    wheels: section.get("wheels", ""),
  };
}
