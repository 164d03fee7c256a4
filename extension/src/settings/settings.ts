import { type Uri, workspace } from "vscode";
import { contributes } from "../../package.json";
import type { HydraSettings } from "../contracts";
import { fitting, type Schema } from "./schema";

export const SECTION = "hydraAuto";

type Name = keyof HydraSettings;

const DECLARED: Readonly<Record<`hydraAuto.${Name}`, Schema & { readonly default: unknown }>> =
  contributes.configuration.properties;

/** `hydraAuto.*` as in force for `folder`, or for the window; the default in place of what does not fit. */
export function readSettings(folder?: Uri): HydraSettings {
  const section = workspace.getConfiguration(SECTION, folder ?? null);
  const read = <N extends Name>(name: N): HydraSettings[N] => {
    const declared = DECLARED[`hydraAuto.${name}`];
    return fitting(section.get(name), declared, declared.default) as HydraSettings[N];
  };
  return {
    tier: read("tier"),
    statusBar: read("statusBar"),
    stickiness: read("stickiness"),
    deadlineMs: read("deadlineMs"),
    silenceSeconds: read("silenceSeconds"),
    logPrompts: read("logPrompts"),
    catalog: read("catalog"),
    organisationCatalog: read("organisationCatalog"),
    interpreter: read("interpreter"),
    wheels: read("wheels"),
  };
}
