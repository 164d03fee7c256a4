/** A chat request as an editor sends it -> what the router is asked. */
import * as vscode from "vscode";
import { attachments, isCompacted, userBlock, userText } from "./harness";
import { modeOf, type Mode } from "./mode";
import { tokensOfMessage, tokensOfTools } from "./tokens";

type Message = vscode.LanguageModelChatRequestMessage;

/** The parts of the request's options that tell of its origin; the first is not in the typings. */
export interface RequestOptions {
  readonly requestInitiator?: string;
  readonly modelOptions?: Readonly<Record<string, unknown>>;
  readonly tools?: readonly vscode.LanguageModelChatTool[] | undefined;
}

export interface ReadRequest {
  /** The user's own words of the present turn. */
  readonly prompt: string;
  readonly conversationId: string;
  /** From 1. */
  readonly turn: number;
  /** A title, a summary, a progress message: the editor's request and not the user's. */
  readonly utility: boolean;
  /** The same turn goes on: the last message brings a tool's result. */
  readonly toolLoop: boolean;
  /** A summary stands in place of earlier turns. */
  readonly compacted: boolean;
  readonly hasImage: boolean;
  readonly needsTools: boolean;
  readonly promptTokens: number;
  readonly references: number;
  readonly mode: Mode;
}

/** What the built-in chat and the workbench itself call themselves; they say which conversation is meant. */
const HARNESSES = new Set(["github.copilot-chat", "core"]);

/** How the built-in agent asks for the summary that is to stand in place of a long history. */
const SUMMARY = "Summarize the conversation history so far";

/** The prompt's beginning and end that the router gets: it reads the same, and the wire stays light. */
const WINDOW = 32_000;

export function readRequest(messages: readonly Message[], options: RequestOptions): ReadRequest {
  const users = messages.filter((message) => message.role === vscode.LanguageModelChatMessageRole.User);
  const turns = users.filter((message) => userText(textOf(message)) !== "");
  const present = turns.at(-1);
  const text = present === undefined ? "" : textOf(present);
  const tools = options.tools ?? [];
  return {
    prompt: windowed(userText(text)),
    conversationId: conversationOf(options) ?? keyOf(turns[0]),
    turn: turnOf(options) ?? Math.max(turns.length, 1),
    utility: isUtility(options, text),
    toolLoop: users.at(-1)?.content.some((p) => p instanceof vscode.LanguageModelToolResultPart) ?? false,
    compacted: users.some((message) => isCompacted(textOf(message))),
    hasImage: users.some((message) => message.content.some(isImage)),
    needsTools: tools.length > 0,
    promptTokens: messages.reduce((sum, m) => sum + tokensOfMessage(m), tokensOfTools(tools)),
    references: attachments(text),
    mode: modeOf(tools),
  };
}

/** The text of a message, its other parts left out. */
export function textOf(message: Message): string {
  return message.content
    .filter((part) => part instanceof vscode.LanguageModelTextPart)
    .map((part) => part.value)
    .join("");
}

/** A picture, also one that a tool brought. */
export function isImage(part: unknown): boolean {
  if (part instanceof vscode.LanguageModelToolResultPart) return part.content.some(isImage);
  return part instanceof vscode.LanguageModelDataPart && part.mimeType.startsWith("image/");
}

function isUtility(options: RequestOptions, text: string): boolean {
  if (!HARNESSES.has((options.requestInitiator ?? "").toLowerCase())) return false;
  return (
    (conversationOf(options) === undefined && userBlock(text) === undefined) ||
    text.trim().startsWith(SUMMARY)
  );
}

function conversationOf(options: RequestOptions): string | undefined {
  const id = options.modelOptions?._conversationId;
  return typeof id === "string" && id !== "" ? id : undefined;
}

function turnOf(options: RequestOptions): number | undefined {
  const turn = options.modelOptions?._telemetryTurn;
  return typeof turn === "number" && Number.isInteger(turn) && turn >= 1 ? turn : undefined;
}

/** A conversation without an id is told by how it began. */
function keyOf(first: Message | undefined): string {
  return `begins:${digest(first === undefined ? "" : userText(textOf(first)))}`;
}

/** FNV-1a, 53 bits of it: a key, not a secret. */
export function digest(text: string): string {
  let low = 0x811c9dc5;
  let high = 0x1b873593;
  for (let i = 0; i < text.length; i++) {
    low = Math.imul(low ^ text.charCodeAt(i), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(i), 0x85ebca6b);
  }
  return (4294967296 * (high & 0x1fffff) + (low >>> 0)).toString(36);
}

function windowed(text: string): string {
  return text.length <= 2 * WINDOW ? text : `${text.slice(0, WINDOW)}\n…\n${text.slice(-WINDOW)}`;
}
