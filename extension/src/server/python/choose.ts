/** Lets the user choose the Python that runs the server. */
import * as vscode from "vscode";
import { SECTION } from "../../settings/settings";
import type { Bundled } from "../command";
import { isNewEnough, OLDEST } from "./interpreter";
import { pythonsOnPath } from "./path";
import { probe } from "./probe";

interface Choice extends vscode.QuickPickItem {
  /** Undefined: look for one in the file system. */
  readonly executable: string | undefined;
}

/** Sets `hydraAuto.interpreter`, which restarts the server. */
export async function chooseInterpreter(bundled: Bundled): Promise<void> {
  const choice = await vscode.window.showQuickPick(choices(bundled), {
    title: `The Python (${OLDEST.join(".")} or newer) that runs Auto's server`,
  });
  if (choice === undefined) return;
  const executable = choice.executable ?? (await browse());
  if (executable === undefined) return;
  const section = vscode.workspace.getConfiguration(SECTION);
  await section.update("interpreter", executable, vscode.ConfigurationTarget.Global);
}

async function choices(bundled: Bundled): Promise<Choice[]> {
  const looked = await Promise.all(pythonsOnPath().map((executable) => probe(bundled, executable)));
  const found = new Map<string, Choice>();
  for (const facts of looked) {
    if (typeof facts === "string" || !isNewEnough(facts.version)) continue;
    const { executable, version } = facts;
    found.set(executable, { label: `Python ${version.join(".")}`, description: executable, executable });
  }
  return [...found.values(), { label: "Browse…", executable: undefined }];
}

async function browse(): Promise<string | undefined> {
  const files = await vscode.window.showOpenDialog({ title: "A Python executable", openLabel: "Use" });
  return files?.[0]?.fsPath;
}
