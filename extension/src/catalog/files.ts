/** The workspace's catalog file: found, opened, and changed without losing what the user has typed. */
import * as vscode from "vscode";
import { excluding } from "./exclude";

/** The folder that a request is about: the active editor's, else the first. */
export function activeFolder(): vscode.WorkspaceFolder | undefined {
  const active = vscode.window.activeTextEditor?.document.uri;
  const own = active === undefined ? undefined : vscode.workspace.getWorkspaceFolder(active);
  return own ?? vscode.workspace.workspaceFolders?.[0];
}

export function catalogFile(folder: vscode.WorkspaceFolder): vscode.Uri {
  return vscode.Uri.joinPath(folder.uri, ".vscode", "hydra-catalog.yaml");
}

/** Opens the file; where there is none, the editor shows an unsaved one. */
export async function openCatalog(folder: vscode.WorkspaceFolder): Promise<void> {
  const file = catalogFile(folder);
  const there = await exists(file);
  const document = await vscode.workspace.openTextDocument(there ? file : file.with({ scheme: "untitled" }));
  await vscode.window.showTextDocument(document);
}

/**
 * Denies a model in the folder's catalog and saves it.
 *
 * @throws CatalogUnreadable where the file is no catalog.
 */
export async function excludeModel(folder: vscode.WorkspaceFolder, model: string): Promise<void> {
  const file = catalogFile(folder);
  if (!(await exists(file))) {
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(excluding(undefined, model)));
    return;
  }
  const document = await vscode.workspace.openTextDocument(file);
  const text = document.getText();
  const whole = new vscode.Range(document.positionAt(0), document.positionAt(text.length));
  const edit = new vscode.WorkspaceEdit();
  edit.replace(file, whole, excluding(text, model));
  await vscode.workspace.applyEdit(edit);
  await document.save();
}

async function exists(file: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(file);
    return true;
  } catch {
    return false;
  }
}
