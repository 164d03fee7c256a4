/** Asks for consent to what a folder's catalog could trick with, and shows what is wrong with catalogs. */
import * as vscode from "vscode";
import type { RouterClient, ServerController } from "../contracts";
import {
  DID_CHANGE_CATALOG,
  type DidChangeCatalogParams,
  type FolderInfo,
  type PendingConsent,
  type ProblemInfo,
} from "../wire/protocol";
import type { Consents } from "./consents";

/** How the server names a setting where it would name a file. */
const SETTINGS = "settings/";

interface Pending {
  readonly folder: FolderInfo;
  readonly consent: PendingConsent;
}

export interface ReviewParts {
  readonly server: ServerController;
  readonly router: RouterClient;
  readonly consents: Consents;
  readonly log: vscode.LogOutputChannel;
}

/** Registers `hydraAuto.reviewConsent`, and asks by itself once per content. */
export function registerReview(parts: ReviewParts): vscode.Disposable {
  let folders: readonly FolderInfo[] = [];
  let told: ReadonlySet<string> = new Set();
  const see = (news: Pick<DidChangeCatalogParams, "folders" | "problems">): void => {
    folders = news.folders;
    for (const pending of waiting(folders)) void askOnce(pending, parts);
    const wrong = ofSettings(news.problems);
    for (const [message, setting] of wrong) if (!told.has(message)) void warn(message, setting);
    told = new Set(wrong.keys());
  };
  const running = async (): Promise<void> => {
    if (parts.server.state.phase !== "running") return;
    try {
      see(await parts.router.status());
    } catch (error) {
      parts.log.warn(`The server did not tell its folders: ${String(error)}`);
    }
  };
  return vscode.Disposable.from(
    parts.server.onNotification<DidChangeCatalogParams>(DID_CHANGE_CATALOG, see),
    parts.server.onDidChangeState(() => void running()),
    vscode.commands.registerCommand("hydraAuto.reviewConsent", async () => {
      const open = waiting(folders);
      if (open.length === 0)
        void vscode.window.showInformationMessage("No catalog of this workspace waits for your consent.");
      for (const pending of open) await review(pending, parts);
    }),
  );
}

/** What is wrong with a catalog that a setting holds, and which setting: no file can show it underlined. */
function ofSettings(problems: readonly ProblemInfo[]): Map<string, string> {
  const wrong = problems.filter(({ file, severity }) => severity === "error" && file.startsWith(SETTINGS));
  return new Map(wrong.map(({ file, message }) => [`${file}: ${message}`, file.slice(SETTINGS.length)]));
}

async function warn(message: string, setting: string): Promise<void> {
  const open = "Open Settings";
  const chosen = await vscode.window.showWarningMessage(
    `Auto's catalog in the settings is not in force as it stands, its exclusions included. ${message}`,
    open,
  );
  if (chosen === open) await vscode.commands.executeCommand("workbench.action.openSettings", setting);
}

function waiting(folders: readonly FolderInfo[]): Pending[] {
  return folders.flatMap((folder) =>
    folder.pendingConsent === null ? [] : [{ folder, consent: folder.pendingConsent }],
  );
}

async function askOnce(pending: Pending, parts: ReviewParts): Promise<void> {
  const { folder, consent } = pending;
  const before = parts.consents.answerTo(folder.folder, consent.contentHash);
  if (before === false) return;
  if (before === true) return answer(pending, true, parts);
  // A note that is closed without an answer is not shown again for this content; the menu still has it.
  await parts.consents.remember(folder.folder, consent.contentHash, false);
  const chosen = await vscode.window.showWarningMessage(
    `The model catalog of ${nameOf(folder)} wants to change prices, capabilities or models. Only what narrows the choice is in force.`,
    "Review…",
  );
  if (chosen !== undefined) await review(pending, parts);
}

async function review(pending: Pending, parts: ReviewParts): Promise<void> {
  const { folder, consent } = pending;
  const apply = "Apply";
  const chosen = await vscode.window.showWarningMessage(
    `Apply the model catalog of ${nameOf(folder)}?`,
    {
      modal: true,
      detail: `${consent.changes.map((change) => `• ${change}`).join("\n")}\n\nIt counts for this content alone: a change asks again.`,
    },
    apply,
    "Don't Apply",
  );
  if (chosen !== undefined) await answer(pending, chosen === apply, parts);
}

async function answer({ folder, consent }: Pending, granted: boolean, parts: ReviewParts): Promise<void> {
  await parts.consents.remember(folder.folder, consent.contentHash, granted);
  try {
    const applied = await parts.router.consent(folder.folder, consent.contentHash, granted);
    if (granted && !applied)
      void vscode.window.showWarningMessage(
        `The catalog of ${nameOf(folder)} has changed meanwhile: review it again.`,
      );
  } catch (error) {
    parts.log.warn(`The server did not take the consent: ${String(error)}`);
  }
}

function nameOf(folder: FolderInfo): string {
  const uri = vscode.Uri.parse(folder.folder);
  return vscode.workspace.getWorkspaceFolder(uri)?.name ?? uri.fsPath;
}
