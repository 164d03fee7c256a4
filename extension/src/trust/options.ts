/** What the server is told at its start, and again whenever it changes. */
import * as vscode from "vscode";
import type { ReadSettings } from "../contracts";
import { isObject } from "../settings/schema";
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
  return given(vscode.workspace.getConfiguration(SECTION, null).inspect("catalog")?.globalValue);
}

/** The folder's own value beats the workspace's, key by key. */
function folderCatalogs(): Record<string, Catalog> {
  const found = folders().flatMap(({ uri }) => {
    const value = vscode.workspace.getConfiguration(SECTION, uri).inspect("catalog");
    const merged = given({ ...given(value?.workspaceValue), ...given(value?.workspaceFolderValue) });
    return merged === null ? [] : [[uri.toString(), merged] as const];
  });
  return Object.fromEntries(found);
}

function given(catalog: unknown): Catalog | null {
  return isObject(catalog) && Object.keys(catalog).length > 0 ? catalog : null;
}

function folders(): readonly vscode.WorkspaceFolder[] {
  return vscode.workspace.workspaceFolders ?? [];
}
