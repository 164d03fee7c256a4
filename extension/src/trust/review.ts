/** Asks for consent to what a folder's catalog could trick with, and shows what is wrong with catalogs. */
import * as vscode from "vscode";
import type { RouterClient, ServerController } from "../contracts";
import {
  DID_CHANGE_CATALOG,
  type DidChangeCatalogParams,
  type FolderInfo,
  type PendingConsent,
} from "../wire/protocol";
import type { Consents } from "./consents";

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
  const see = (news: readonly FolderInfo[]): void => {
    folders = news;
    for (const pending of waiting(folders)) void askOnce(pending, parts);
  };
  const running = async (): Promise<void> => {
    if (parts.server.state.phase !== "running") return;
    try {
      see((await parts.router.status()).folders);
    } catch (error) {
      parts.log.warn(`The server did not tell its folders: ${String(error)}`);
    }
  };
  return vscode.Disposable.from(
    parts.server.onNotification<DidChangeCatalogParams>(DID_CHANGE_CATALOG, (news) => see(news.folders)),
    parts.server.onDidChangeState(() => void running()),
    vscode.commands.registerCommand("hydraAuto.reviewConsent", async () => {
      const open = waiting(folders);
      if (open.length === 0)
        void vscode.window.showInformationMessage("No catalog of this workspace waits for your consent.");
      for (const pending of open) await review(pending, parts);
    }),
  );
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
