/** The status bar item: which model answered, at which tier. */
import * as vscode from "vscode";
import type { DecisionRecord, DecisionStore, ReadSettings, ServerController } from "../contracts";
import { isFallback, modelName, tierWords } from "../decisions/words";
import { SECTION } from "../settings/settings";
import type { TierName } from "../wire/protocol";
import { tooltip } from "./tooltip";

/** What the item shows; `warning` colours it. */
export interface Shown {
  readonly text: string;
  readonly warning: boolean;
  /** What a screen reader says. */
  readonly label: string;
}

export interface BarParts {
  readonly decisions: DecisionStore;
  readonly server: ServerController;
  readonly settings: ReadSettings;
}

export function registerStatusBar({ decisions, server, settings }: BarParts): vscode.Disposable {
  const item = vscode.window.createStatusBarItem("hydraAuto.status", vscode.StatusBarAlignment.Right, 100);
  item.name = "Auto mode";
  item.command = "hydraAuto.menu";
  const render = (): void => {
    const { tier, statusBar } = settings();
    const down = server.state.phase === "failed";
    const shown = shownFor(decisions.last, tier, down);
    item.text = shown.text;
    item.accessibilityInformation = { label: shown.label, role: "button" };
    item.backgroundColor = shown.warning
      ? new vscode.ThemeColor("statusBarItem.warningBackground")
      : undefined;
    item.tooltip = markdown(tooltip(decisions, tier, server.state));
    if (statusBar) item.show();
    else item.hide();
  };
  render();
  return vscode.Disposable.from(
    item,
    decisions.onDidChange(render),
    server.onDidChangeState(render),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(SECTION)) render();
    }),
  );
}

/** `tier` is the user's own, null where the catalog sets it. */
export function shownFor(
  record: DecisionRecord | undefined,
  tier: TierName | null,
  serverDown: boolean,
): Shown {
  if (record === undefined) {
    const text = serverDown ? `$(warning) Auto` : `$(compass) Auto · ${tier ?? "catalog's tier"}`;
    return { text, warning: serverDown, label: `Auto mode, tier ${tierWords(tier)}` };
  }
  if (record.phase === "routing")
    return { text: "$(loading~spin) Auto: routing…", warning: false, label: "Auto mode is routing" };
  const name = modelName(record) ?? "no model";
  const at = record.route?.tier ?? tier;
  const warning = isFallback(record) || record.phase === "failed";
  const busy = record.phase === "routed" || record.phase === "answering";
  const icon = warning ? "$(warning)" : busy ? "$(loading~spin)" : "$(compass)";
  const label = `Auto mode: ${name}, tier ${tierWords(at)}${warning ? ", with a warning" : ""}`;
  return { text: `${icon} ${name}${at === null ? "" : ` · ${at}`}`, warning, label };
}

/** Only our own commands can be run from the text. */
function markdown(text: string): vscode.MarkdownString {
  const rendered = new vscode.MarkdownString(text, true);
  rendered.isTrusted = { enabledCommands: ["hydraAuto.explain", "hydraAuto.menu", "hydraAuto.showLogs"] };
  return rendered;
}
