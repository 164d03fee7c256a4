/** Where the user is in the editor, for catalogs by folder and rules by language and path. */
import * as vscode from "vscode";
import { activeFolder } from "../catalog/files";
import type { EditorContext } from "../provider/answering";

export function editorContext(): EditorContext {
  const document = vscode.window.activeTextEditor?.document;
  const folder = activeFolder();
  return {
    ...(folder === undefined ? {} : { workspaceFolder: folder.uri.toString() }),
    ...(document === undefined ? {} : { languageId: document.languageId, filePath: document.uri.toString() }),
  };
}
