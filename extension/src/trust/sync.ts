/** Keeps the server's settings and trust those of the editor. */
import * as vscode from "vscode";
import type { ServerController } from "../contracts";
import { SECTION } from "../settings/settings";
import { DID_CHANGE_TRUST, type DidChangeTrustParams, type InitializationOptions } from "../wire/protocol";
import { trustedFolders } from "./options";

export function syncServer(
  server: ServerController,
  options: () => InitializationOptions,
): vscode.Disposable {
  const tellTrust = (): void => {
    const params: DidChangeTrustParams = { trustedFolders: trustedFolders() };
    server.notify(DID_CHANGE_TRUST, params);
  };
  const tellSettings = (): void => {
    server.notify("workspace/didChangeConfiguration", { settings: { [SECTION]: options() } });
  };
  return vscode.Disposable.from(
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      // Restricted settings come into force with the trust.
      tellTrust();
      tellSettings();
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(tellTrust),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(SECTION)) tellSettings();
    }),
  );
}
