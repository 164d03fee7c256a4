/** What keeps the server down, told once, each with its ways out. */
import * as vscode from "vscode";

const WITHOUT_PYTHON = "hydraAuto.withoutPython";

const PYTHON = "Choose Python…";
const WITHOUT = "Continue Without Python";
const RESTART = "Restart Server";
const LOGS = "Show Logs";

export interface NoticeParts {
  readonly memory: vscode.Memento;
  readonly choosePython: () => Promise<void>;
}

export interface Notices {
  /** No usable Python. Who goes on without is not told again. */
  noPython(reason: string): void;
  /** There is a Python, or the user looks for one: from now on that there is none is news. */
  newsAgain(): void;
  gaveUp(reason: string): void;
}

export function createNotices({ memory, choosePython }: NoticeParts): Notices {
  const act = async (shown: Thenable<string | undefined>): Promise<void> => {
    const way = await shown;
    if (way === PYTHON) await choosePython();
    if (way === WITHOUT) await memory.update(WITHOUT_PYTHON, true);
    if (way === RESTART) await vscode.commands.executeCommand("hydraAuto.restart");
    if (way === LOGS) await vscode.commands.executeCommand("hydraAuto.showLogs");
  };
  return {
    noPython(reason) {
      if (memory.get(WITHOUT_PYTHON) !== true)
        void act(vscode.window.showErrorMessage(reason, PYTHON, WITHOUT));
    },
    newsAgain: () => void memory.update(WITHOUT_PYTHON, undefined),
    gaveUp: (reason) => void act(vscode.window.showErrorMessage(reason, RESTART, LOGS, PYTHON)),
  };
}
