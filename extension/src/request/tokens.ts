/** Token counts before a model is chosen: estimates, for every model has its own tokenizer. */
import * as vscode from "vscode";

/** Characters of English or code per token, as today's byte-pair vocabularies have it. */
const ASCII_PER_TOKEN = 4;
/** Most other scripts need about one token for 1.5 characters. */
const OTHER_PER_TOKEN = 1.5;
/** What providers charge for a screenshot-sized picture, roughly. */
const IMAGE = 1_000;
/** Role and separators of one message. */
const MESSAGE = 4;

export function tokensOfText(text: string): number {
  let ascii = 0;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 128) ascii++;
  return Math.ceil(ascii / ASCII_PER_TOKEN + (text.length - ascii) / OTHER_PER_TOKEN);
}

export function tokensOfMessage(message: vscode.LanguageModelChatRequestMessage): number {
  return message.content.reduce<number>((sum, part) => sum + tokensOfPart(part), MESSAGE);
}

export function tokensOfTools(tools: readonly vscode.LanguageModelChatTool[] | undefined): number {
  return tools?.length ? tokensOfText(JSON.stringify(tools)) : 0;
}

function tokensOfPart(part: unknown): number {
  if (part instanceof vscode.LanguageModelTextPart) return tokensOfText(part.value);
  if (part instanceof vscode.LanguageModelToolCallPart)
    return tokensOfText(part.name + JSON.stringify(part.input));
  if (part instanceof vscode.LanguageModelToolResultPart)
    return part.content.reduce<number>((sum, inner) => sum + tokensOfPart(inner), 0);
  if (part instanceof vscode.LanguageModelDataPart) return tokensOfData(part);
  // Thinking parts and kinds that are not in the typings yet.
  const value = (part as { value?: unknown } | undefined)?.value;
  return value === undefined ? 0 : tokensOfText(typeof value === "string" ? value : JSON.stringify(value));
}

function tokensOfData(part: vscode.LanguageModelDataPart): number {
  if (part.mimeType.startsWith("image/")) return IMAGE;
  return part.mimeType.startsWith("text/") ? Math.ceil(part.data.byteLength / ASCII_PER_TOKEN) : 0;
}
