/** A participant's turn as messages for a model: the conversation so far, what is attached, the request. */
import * as vscode from "vscode";

/** Characters of one attached file that go along. */
const MOST = 60_000;

export async function conversation(
  request: vscode.ChatRequest,
  context: vscode.ChatContext,
): Promise<vscode.LanguageModelChatMessage[]> {
  const before = context.history.flatMap((turn) => {
    if (turn instanceof vscode.ChatRequestTurn)
      return turn.command === undefined ? [vscode.LanguageModelChatMessage.User(turn.prompt)] : [];
    const text = turn.command === undefined ? textOf(turn) : "";
    return text === "" ? [] : [vscode.LanguageModelChatMessage.Assistant(text)];
  });
  const attached = await Promise.all(request.references.map(attachment));
  const parts = attached.filter((text) => text !== undefined);
  const asked = `<userRequest>\n${request.prompt}\n</userRequest>`;
  const text =
    parts.length === 0 ? request.prompt : `<attachments>\n${parts.join("\n")}\n</attachments>\n${asked}`;
  return [...before, vscode.LanguageModelChatMessage.User(text)];
}

function textOf(turn: vscode.ChatResponseTurn): string {
  return turn.response
    .filter((part) => part instanceof vscode.ChatResponseMarkdownPart)
    .map((part) => part.value.value)
    .join("");
}

/** A file, a range of one, or a text; what cannot be read is named all the same. */
async function attachment({ id, value }: vscode.ChatPromptReference): Promise<string | undefined> {
  if (typeof value === "string") return wrapped(id, value);
  const location = value instanceof vscode.Location ? value : undefined;
  const uri = location?.uri ?? (value instanceof vscode.Uri ? value : undefined);
  if (uri === undefined) return undefined;
  const path = vscode.workspace.asRelativePath(uri);
  try {
    const document = await vscode.workspace.openTextDocument(uri);
    return wrapped(path, document.getText(location?.range));
  } catch {
    return wrapped(path, "(this file cannot be read as text)");
  }
}

function wrapped(id: string, text: string): string {
  return `<attachment id=${JSON.stringify(id)}>\n${text.slice(0, MOST)}\n</attachment>`;
}
