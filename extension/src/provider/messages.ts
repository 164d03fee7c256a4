/** The messages as an extension may send them on. */
import * as vscode from "vscode";

/** `LanguageModelChatMessageRole.System` exists at run time only; agent mode sends it. */
const SYSTEM = 3;

/**
 * The same messages in the same order, except that System messages, which extensions may not send, become
 * one leading User message. Their parts, and every other message, are the very same objects.
 */
export function sendable(
  messages: readonly vscode.LanguageModelChatRequestMessage[],
): vscode.LanguageModelChatMessage[] {
  const system = messages.filter((message) => isSystem(message));
  const others = messages.filter((message) => !isSystem(message)) as vscode.LanguageModelChatMessage[];
  if (system.length === 0) return others;
  const parts = system.flatMap((message) => message.content) as vscode.LanguageModelTextPart[];
  return [vscode.LanguageModelChatMessage.User(parts), ...others];
}

export function isSystem(message: vscode.LanguageModelChatRequestMessage): boolean {
  return (message.role as number) === SYSTEM;
}
