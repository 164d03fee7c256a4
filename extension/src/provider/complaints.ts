/** The problems of a request that a click can mend, as notifications. */
import * as vscode from "vscode";
import type { Problem } from "./answering";

const ACTIONS: Readonly<Record<Problem, readonly (readonly [title: string, command: string])[]>> = {
  noModels: [["Manage Language Models", "workbench.action.chat.manage"]],
  noConsent: [
    ["Allow Models", "hydraAuto.allowModels"],
    ["Exclude a Model", "hydraAuto.excludeModel"],
  ],
  excluded: [
    ["Open Catalog", "hydraAuto.openCatalog"],
    ["Change Tier", "hydraAuto.changeTier"],
  ],
};

export function complain(problem: Problem, message: string): void {
  const actions = ACTIONS[problem];
  void vscode.window.showWarningMessage(message, ...actions.map(([title]) => title)).then((chosen) => {
    const command = actions.find(([title]) => title === chosen)?.[1];
    if (command !== undefined) void vscode.commands.executeCommand(command);
  });
}
