/** One model is asked: its parts go on as they come, and what became of it is told. */
import * as vscode from "vscode";
import type { Offer } from "../pool/pool";
import { tokensOfText } from "../request/tokens";
import { type ModelFailure, failureOf } from "./failures";

export interface Asking {
  readonly messages: vscode.LanguageModelChatMessage[];
  readonly options: vscode.LanguageModelChatRequestOptions;
  readonly token: vscode.CancellationToken;
  /** How long the first part may take once the request has begun; 0: for ever. */
  readonly silenceMs: number;
  readonly sink: (part: vscode.LanguageModelResponsePart) => void;
  /** Called with the first part that says something: from now on this model answers. */
  readonly onAnswer: () => void;
}

export interface Usage {
  inputTokens?: number;
  cachedInputTokens?: number;
  outputTokens: number;
}

export interface Asked {
  /** The model began to answer. */
  readonly ran: boolean;
  /** Why it did not answer, or broke off; null: it came to its end, or was cancelled. */
  readonly failure: ModelFailure | null;
  readonly usage: Usage;
  readonly milliseconds: number;
}

/** Never throws: every end is told. */
export async function askModel(offer: Offer, asking: Asking): Promise<Asked> {
  const source = new vscode.CancellationTokenSource();
  const started = performance.now();
  const usage: Usage = { outputTokens: 0 };
  const ends = new Ends(asking, source);
  let ran = false;
  let failure: ModelFailure | null = null;
  // The editor asks for the user's consent before it begins a request: while they decide, nobody is passed over.
  if (offer.info.canSend === true) ends.begun();
  try {
    const response = await ends.first(offer.chat.sendRequest(asking.messages, asking.options, source.token));
    ends.begun();
    const parts = response.stream[Symbol.asyncIterator]();
    for (;;) {
      const next = await ends.first(parts.next());
      if (next.done === true) break;
      if (!ran && says(next.value)) {
        ran = true;
        ends.answering();
        asking.onAnswer();
      }
      count(next.value, usage);
      asking.sink(next.value as vscode.LanguageModelResponsePart);
    }
    if (!ran) failure = { kind: "other", consentRefused: false, message: "it ended without an answer" };
  } catch (error) {
    failure = failureOf(error);
  }
  if (asking.token.isCancellationRequested) failure = null;
  ends.dispose();
  source.dispose();
  return { ran, failure, usage, milliseconds: performance.now() - started };
}

/** What ends the wait for a model besides the model itself: the user, and its silence. */
class Ends {
  private readonly relay: vscode.Disposable;
  private readonly silenceMs: number;
  private timer: NodeJS.Timeout | undefined;
  private readonly ended: Promise<never>;
  private end: (error: Error) => void = () => undefined;

  constructor(asking: Asking, source: vscode.CancellationTokenSource) {
    this.silenceMs = asking.silenceMs;
    this.ended = new Promise<never>((_, reject) => {
      this.end = (error) => {
        source.cancel();
        reject(error);
      };
    });
    this.ended.catch(() => undefined); // nobody may be waiting when it comes
    const cancelled = (): void => this.end(new vscode.CancellationError());
    this.relay = asking.token.onCancellationRequested(cancelled);
    if (asking.token.isCancellationRequested) cancelled();
  }

  /** The request is with the model: from now on its silence counts. */
  begun(): void {
    if (this.silenceMs === 0) return;
    this.timer ??= setTimeout(() => {
      const seconds = Math.round(this.silenceMs / 1000);
      this.end(new Error(`it timed out: no answer within ${seconds} s`));
    }, this.silenceMs);
  }

  /** `work`, unless an end comes first: a provider may not heed its token. */
  async first<T>(work: PromiseLike<T>): Promise<T> {
    return Promise.race([work, this.ended]);
  }

  answering(): void {
    clearTimeout(this.timer);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.relay.dispose();
  }
}

/** Data parts by which providers keep books: they go on as they come, and answer nothing. */
const BOOKKEEPING = new Set(["usage", "stateful_marker", "cache_control", "context_management"]);

/** An empty text, or a note for the books, says nothing: a model may still fail behind it, and another answer. */
function says(part: unknown): boolean {
  if (part instanceof vscode.LanguageModelDataPart) return !BOOKKEEPING.has(part.mimeType);
  const { value } = part as { value?: unknown }; // text, or thinking, which the typings lack
  return value !== "";
}

/** Counts what comes back, and reads the usage where the provider tells it. */
function count(part: unknown, usage: Usage): void {
  if (part instanceof vscode.LanguageModelTextPart) usage.outputTokens += tokensOfText(part.value);
  else if (part instanceof vscode.LanguageModelToolCallPart)
    usage.outputTokens += tokensOfText(JSON.stringify(part.input));
  else if (part instanceof vscode.LanguageModelDataPart && part.mimeType === "usage") told(part.data, usage);
}

/** The convention of the built-in chat: a data part `usage` with OpenAI's names. */
function told(data: Uint8Array, usage: Usage): void {
  let said: unknown;
  try {
    said = JSON.parse(new TextDecoder().decode(data));
  } catch {
    return; // a provider's own kind of usage: the estimate stands
  }
  const tokens = said as {
    prompt_tokens?: unknown;
    completion_tokens?: unknown;
    prompt_tokens_details?: { cached_tokens?: unknown };
  } | null;
  const input = whole(tokens?.prompt_tokens);
  const output = whole(tokens?.completion_tokens);
  const cached = whole(tokens?.prompt_tokens_details?.cached_tokens);
  if (output !== undefined) usage.outputTokens = output;
  if (input === undefined) return;
  usage.inputTokens = input;
  if (cached !== undefined) usage.cachedInputTokens = Math.min(cached, input);
}

function whole(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 31
    ? value
    : undefined;
}
