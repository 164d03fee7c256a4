/** What the server is told at its start, and again whenever it changes. */
import * as vscode from "vscode";
import type { ReadSettings } from "../contracts";
import { SECTION } from "../settings/settings";
import type { GivenConsent, InitializationOptions } from "../wire/protocol";

type Catalog = Record<string, unknown>;

/** Null where a setting is not set: that is the server's default, also after it was something else. */
export function serverOptions(settings: ReadSettings, consents: GivenConsent[]): InitializationOptions {
  const { tier, deadlineMs, stickiness, logPrompts, organisationCatalog } = settings();
  return {
    tier,
    deadlineMs,
    stickiness,
    logPrompts,
    organisationCatalog: organisationCatalog || null,
    catalog: userCatalog(),
    folderCatalogs: folderCatalogs(),
    trustedFolders: trustedFolders(),
    consents,
  };
}

/** The editor trusts a window's folders together. */
export function trustedFolders(): string[] {
  return vscode.workspace.isTrusted ? folders().map((folder) => folder.uri.toString()) : [];
}

function userCatalog(): Catalog | null {
  return given(vscode.workspace.getConfiguration(SECTION, null).inspect<Catalog>("catalog")?.globalValue);
}

/** The folder's own value beats the workspace's, key by key. */
function folderCatalogs(): Record<string, Catalog> {
  const found = folders().flatMap(({ uri }) => {
    const value = vscode.workspace.getConfiguration(SECTION, uri).inspect<Catalog>("catalog");
    const merged = given({ ...value?.workspaceValue, ...value?.workspaceFolderValue });
    return merged === null ? [] : [[uri.toString(), merged] as const];
  });
  return Object.fromEntries(found);
}

function given(catalog: Catalog | undefined): Catalog | null {
  return catalog === undefined || Object.keys(catalog).length === 0 ? null : catalog;
}

function folders(): readonly vscode.WorkspaceFolder[] {
  return vscode.workspace.workspaceFolders ?? [];
}
