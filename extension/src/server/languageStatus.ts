/** The language status item: how the server fares, beside the language of the editor. */
import * as vscode from "vscode";
import type { ServerState } from "../contracts";
import type { PredictorStatus } from "../wire/protocol";

/** What the item shows. */
export interface Health {
  readonly text: string;
  readonly detail: string;
  readonly severity: "information" | "warning" | "error";
  readonly busy: boolean;
  readonly command: { readonly title: string; readonly command: string };
}

const LOGS = { title: "Show Logs", command: "hydraAuto.showLogs" };
const RESTART = { title: "Restart Server", command: "hydraAuto.restart" };
const INSTALL = { title: "Install Predictor", command: "hydraAuto.installPredictor" };

/** `predictor` is undefined while the server has not said anything of it. */
export function healthOf(state: ServerState, predictor: PredictorStatus | undefined): Health {
  const told = { detail: state.reason ?? "", busy: false, command: RESTART };
  if (state.phase === "failed") return { text: "Auto: no server", severity: "error", ...told };
  if (state.phase === "stopped") return { text: "Auto: stopped", severity: "information", ...told };
  if (state.phase === "waiting")
    return { text: "Auto: restarting", severity: "warning", ...told, busy: true };
  if (state.phase === "starting" || predictor === undefined || predictor.state === "loading")
    return { text: "Auto: loading", detail: "", severity: "information", busy: true, command: LOGS };
  if (predictor.state === "failed") {
    const detail = `A fixed rule chooses: ${predictor.reason ?? "the predictor failed"}`;
    return { text: "Auto: no predictor", detail, severity: "warning", busy: false, command: INSTALL };
  }
  const detail = predictor.bundle ?? "";
  return { text: "Auto: ready", detail, severity: "information", busy: false, command: LOGS };
}

export function createLanguageStatus(): vscode.Disposable & { show(health: Health): void } {
  const item = vscode.languages.createLanguageStatusItem("hydraAuto.server", "*");
  item.name = "Hydra Auto";
  const severities = {
    information: vscode.LanguageStatusSeverity.Information,
    warning: vscode.LanguageStatusSeverity.Warning,
    error: vscode.LanguageStatusSeverity.Error,
  };
  return {
    show({ text, detail, severity, busy, command }) {
      Object.assign(item, { text, detail, busy, command, severity: severities[severity] });
    },
    dispose: () => item.dispose(),
  };
}
