/** The editor's models, as the pool asks for them. */
import * as vscode from "vscode";
import type { ModelSource } from "./pool";

export function editorModels({
  languageModelAccessInformation: access,
}: vscode.ExtensionContext): ModelSource {
  return {
    selectChatModels: (selector) => vscode.lm.selectChatModels(selector),
    onDidChangeChatModels: vscode.lm.onDidChangeChatModels,
    canSendRequest: (chat) => access.canSendRequest(chat),
    onDidChangeAccess: access.onDidChange,
    vendors: () => [...new Set(vscode.extensions.all.flatMap(declared))],
  };
}

interface Provider {
  readonly vendor?: unknown;
}

/** The vendors in a manifest, which may declare one without a list. */
function declared(extension: vscode.Extension<unknown>): string[] {
  const manifest = extension.packageJSON as {
    contributes?: { languageModelChatProviders?: Provider | readonly Provider[] };
  };
  const providers = [manifest.contributes?.languageModelChatProviders ?? []].flat();
  return providers.flatMap(({ vendor }) => (typeof vendor === "string" ? [vendor] : []));
}
