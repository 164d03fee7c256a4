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
  // Restricted settings come into force with the trust, and folders with their own.
  const tellAll = (): void => {
    tellTrust();
    tellSettings();
  };
  return vscode.Disposable.from(
    // What changed while it started came too late for its first options, and too early to be told.
    server.onDidChangeState(({ phase }) => {
      if (phase === "running") tellAll();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(tellAll),
    vscode.workspace.onDidChangeWorkspaceFolders(tellAll),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(SECTION)) tellSettings();
    }),
  );
}
