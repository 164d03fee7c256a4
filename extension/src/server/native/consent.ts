/** Asks whether the predictor's native parts may be installed, shows how that goes, and what to do when it fails. */
import * as vscode from "vscode";
import type { ReadSettings } from "../../contracts";
import { SECTION } from "../../settings/settings";
import { chooseInterpreter } from "../python/choose";
import type { Bundled } from "../command";
import type { Interpreter } from "../python/interpreter";
import { type FailureKind, InstallFailure } from "./failures";
import { install } from "./install";

const DECLINED = "hydraAuto.declinedInstallation";

const INSTALL = "Install";
const RETRY = "Retry";
const WHEELS = "Choose Wheels Folder…";
const PYTHON = "Choose Python…";
const LOGS = "Show Logs";

const WAYS_OUT: Record<Exclude<FailureKind, "cancelled">, readonly string[]> = {
  offline: [RETRY, WHEELS],
  wheelsFolder: [WHEELS, RETRY],
  noWheel: [PYTHON, WHEELS],
  hash: [RETRY, LOGS],
  space: [RETRY, LOGS],
  unusable: [PYTHON, LOGS],
  other: [RETRY, LOGS],
};

export interface Installer {
  readonly bundled: Bundled;
  readonly memory: vscode.Memento;
  readonly log: vscode.LogOutputChannel;
  readonly settings: ReadSettings;
}

export interface Wanted {
  readonly python: Interpreter;
  readonly folder: string;
}

/** Asks once; who has said no is not asked again by itself, only by “Install the Predictor”. */
export async function mayInstall({ memory }: Installer, { folder }: Wanted): Promise<boolean> {
  if (memory.get<string>(DECLINED) === folder) return false;
  const answer = await vscode.window.showInformationMessage(
    "Auto chooses by a fixed rule until its predictor is installed: download ctranslate2, tokenizers and numpy (60 MB, 300 MB on disk) into a folder of Auto's own?",
    INSTALL,
    "Not Now",
  );
  if (answer === "Not Now") await memory.update(DECLINED, folder);
  return answer === INSTALL;
}

/** Whether the parts are there now. The user sees how it goes and can cancel; a failure has its ways out. */
export async function installNow(installer: Installer, wanted: Wanted): Promise<boolean> {
  const { log, settings } = installer;
  for (;;) {
    try {
      await withProgress((onLine, signal) => {
        const hear = (line: string): void => {
          log.info(`install: ${line}`);
          onLine(line);
        };
        return install({
          ...wanted,
          bundled: installer.bundled,
          wheels: settings().wheels,
          onLine: hear,
          signal,
        });
      });
      return true;
    } catch (error) {
      if (!(error instanceof InstallFailure)) throw error;
      if (error.kind === "cancelled" || !(await leaveOrRetry(installer, error.message, WAYS_OUT[error.kind])))
        return false;
    }
  }
}

/** Whether it is to be tried again. */
async function leaveOrRetry(
  installer: Installer,
  message: string,
  ways: readonly string[],
): Promise<boolean> {
  installer.log.error(message);
  const way = await vscode.window.showErrorMessage(message, ...ways);
  if (way === LOGS) installer.log.show();
  if (way === PYTHON) await chooseInterpreter(installer.bundled);
  if (way === WHEELS) return chooseWheels();
  return way === RETRY;
}

async function chooseWheels(): Promise<boolean> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      ...{ canSelectFolders: true, canSelectFiles: false },
      ...{ title: "The folder with the predictor's wheels", openLabel: "Use" },
    })) ?? [];
  if (folder === undefined) return false;
  const section = vscode.workspace.getConfiguration(SECTION);
  await section.update("wheels", folder.fsPath, vscode.ConfigurationTarget.Global);
  return true;
}

function withProgress(
  work: (onLine: (line: string) => void, signal: AbortSignal) => Promise<void>,
): Thenable<void> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: "Installing Auto's predictor",
    cancellable: true,
  };
  return vscode.window.withProgress(options, (progress, token) => {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    return work((line) => {
      const step = stepOf(line);
      if (step !== undefined) progress.report({ message: step });
    }, abort.signal);
  });
}

/** What of pip's lines tells a user something. */
export function stepOf(line: string): string | undefined {
  const step =
    /^\s*(?:(Downloading) \S*?([\w.]+)-\d[^ ]*( \(.*\))?|(Processing) \S*[/\\](\w+)-|(Installing) collected|(Checking))/.exec(
      line,
    );
  if (step === null) return undefined;
  const [, downloading, name, size, processing, local, installing] = step;
  if (downloading !== undefined) return `${name ?? ""}${size ?? ""}`;
  if (processing !== undefined) return local;
  return installing === undefined ? "checking that it works" : "unpacking";
}
