/** The one path of a chat request through the extension: read, route, ask in order, tell what ran. */
import * as vscode from "vscode";
import {
  type Attempt,
  type DecisionRecord,
  type RanModel,
  type RouterClient,
  ServerUnavailable,
} from "../contracts";
import type { DecisionJournal } from "../decisions/store";
import { savingOf } from "../decisions/saving";
import type { Pool } from "../pool/pool";
import { type ReadRequest, type RequestOptions, readRequest } from "../request/read";
import type { RouteParams, RouteResult } from "../wire/protocol";
import { type Asked, type Asking, askModel } from "./asking";
import { type Candidate, routed, unrouted } from "./candidates";
import { Conversations, type Turn } from "./conversations";
import { cleanError } from "./failures";
import { sendable } from "./messages";

export type Problem = "noModels" | "noConsent" | "excluded";

/** Where the editor stands while a request is made: what catalog rules look at. */
export type EditorContext = Pick<RouteParams, "workspaceFolder" | "languageId" | "filePath">;

export interface AnsweringParts {
  readonly router: RouterClient;
  readonly pool: Pool;
  readonly decisions: DecisionJournal;
  readonly context: () => EditorContext;
  /** How long a model may be silent before the next one is asked; 0: for ever. */
  readonly silenceMs: () => number;
  readonly log: { info(message: string): void; warn(message: string): void; error(message: string): void };
  /** Shows the user a problem that needs an action. */
  readonly complain: (problem: Problem, message: string) => void;
}

export interface ChatRequest {
  readonly messages: readonly vscode.LanguageModelChatRequestMessage[];
  readonly options: RequestOptions & {
    readonly toolMode?: vscode.LanguageModelChatToolMode;
    readonly tools?: readonly vscode.LanguageModelChatTool[] | undefined;
  };
  readonly sink: (part: vscode.LanguageModelResponsePart) => void;
  readonly token: vscode.CancellationToken;
}

const JUSTIFICATION = "Auto mode sends your request to the model that it has chosen for it.";

/** The server's error when policy leaves no model (LSP's RequestFailed): not to be routed around. */
const REQUEST_FAILED = -32803;

/** What one request needs to know of itself on its way. */
interface Way {
  readonly request: ChatRequest;
  readonly asked: ReadRequest;
  readonly turn: Turn;
  readonly route: RouteResult | null;
  /** Of earlier requests of this turn: a tool's result does not undo that a model failed before it. */
  readonly before: readonly Attempt[];
  readonly attempts: Attempt[];
}

export class Answering {
  private readonly conversations = new Conversations();

  constructor(private readonly parts: AnsweringParts) {}

  /**
   * Answers a chat request with the model that is chosen for it. The record of the turn is returned, undefined
   * for a utility request.
   *
   * @throws a clean error, one sentence, where no model has answered or the one that did broke off.
   */
  async answer(request: ChatRequest): Promise<DecisionRecord | undefined> {
    const asked = readRequest(request.messages, request.options);
    const turn = this.conversations.enter(asked);
    this.begin(asked, turn);
    try {
      await unlessCancelled(this.parts.pool.ready, request.token);
      const { route, reason, candidates } = await this.choose(asked, turn, request.token);
      if (reason !== null) this.parts.log.warn(`Not routed: ${reason}`);
      const before = this.recordOf(turn)?.attempts ?? [];
      await this.ask({ request, asked, turn, route, before, attempts: [] }, candidates);
    } catch (error) {
      this.end(asked, turn, request.token, error);
    } finally {
      // Now, for the next request: asking before this one cost it some 30 ms.
      void this.parts.pool.renewed();
    }
    return this.recordOf(turn);
  }

  private recordOf(turn: Turn): DecisionRecord | undefined {
    return this.parts.decisions.history.find((record) => record.key === turn.key);
  }

  /** A tool's result goes on in the record of its turn; a utility request has none. */
  private begin(asked: ReadRequest, turn: Turn): void {
    if (asked.utility || turn.known) return;
    this.parts.decisions.add({
      key: turn.key,
      at: Date.now(),
      conversationId: asked.conversationId,
      label: asked.prompt.replace(/\s+/g, " ").slice(0, 60),
      phase: "routing",
      route: null,
      unrouted: null,
      routingMs: null,
      ran: null,
      attempts: [],
      saving: null,
      error: null,
    });
  }

  private async choose(
    asked: ReadRequest,
    turn: Turn,
    token: vscode.CancellationToken,
  ): Promise<{ route: RouteResult | null; reason: string | null; candidates: Candidate[] }> {
    const { pool, decisions } = this.parts;
    if (pool.offers.length === 0) await unlessCancelled(pool.refresh(), token);
    if (pool.offers.length === 0) throw this.complaint(asked, "noModels", NO_MODELS);
    const started = performance.now();
    let route: RouteResult | null = null;
    let reason: string | null = null;
    try {
      route = await this.parts.router.route(this.params(asked, turn), token);
    } catch (error) {
      if (token.isCancellationRequested) throw error;
      reason = this.whyUnrouted(asked, error);
    }
    const last = this.lastRoute(asked);
    const candidates =
      route === null ? unrouted(pool.offers, asked, turn.previous, last) : routed(route, pool.offers);
    const news = { route, unrouted: reason, routingMs: performance.now() - started };
    if (!turn.known) decisions.change(turn.key, { ...news, phase: "routed" });
    else if (reason !== null) decisions.change(turn.key, { unrouted: reason });
    return { route, reason, candidates };
  }

  /** The decision to go by without a router: the conversation's own, else the folder's, else any. */
  private lastRoute({ conversationId }: ReadRequest): RouteResult | null {
    const made = this.parts.decisions.history.filter(({ route }) => route !== null);
    const { workspaceFolder } = this.parts.context();
    const last =
      made.find((record) => record.conversationId === conversationId) ??
      made.find(({ route }) => route?.folder === (workspaceFolder ?? null)) ??
      made[0];
    return last?.route ?? null;
  }

  private params(asked: ReadRequest, turn: Turn): RouteParams {
    const { previous } = turn;
    return {
      ...this.parts.context(),
      prompt: asked.prompt,
      conversationId: asked.conversationId,
      turn: asked.turn,
      previousModel: previous === null ? null : (previous.catalogId ?? previous.editorId),
      hasImage: asked.hasImage,
      needsTools: asked.needsTools,
      promptTokens: asked.promptTokens,
      references: asked.references,
      mode: asked.mode,
      event: turn.event,
      available: this.parts.pool.offers.map((offer) => offer.info),
    };
  }

  /** Why there is no route; a router that says no model may answer is obeyed. */
  private whyUnrouted(asked: ReadRequest, error: unknown): string {
    const message = error instanceof Error ? error.message : String(error);
    if ((error as { code?: unknown } | undefined)?.code === REQUEST_FAILED)
      throw this.complaint(
        asked,
        "excluded",
        `Auto has no model that may answer: ${message.replace(/^hydra\/route: /, "")}`,
      );
    if (!(error instanceof ServerUnavailable))
      this.parts.log.error(`The router refused a request: ${message}`);
    return message;
  }

  /** Asks the candidates one after the other until one begins to answer. */
  private async ask(way: Way, candidates: readonly Candidate[]): Promise<void> {
    const messages = sendable(way.request.messages);
    for (const candidate of candidates) {
      const asked = await askModel(candidate.offer, this.asking(way, candidate, messages));
      this.report(way, candidate.model, asked);
      if (asked.ran) {
        this.settle(way, candidate.model, asked);
        return;
      }
      if (way.request.token.isCancellationRequested) throw new vscode.CancellationError();
      if (asked.failure !== null) this.failed(way, candidate.model, asked.failure);
    }
    throw await this.nobody(way);
  }

  /** The error when nobody answered: where the last models have gone meanwhile, that is the reason. */
  private async nobody({ asked, route, attempts }: Way): Promise<Error> {
    const { pool } = this.parts;
    if (attempts.every(({ failure }) => failure === "notFound")) await pool.refresh();
    if (pool.offers.length === 0) return this.complaint(asked, "noModels", NO_MODELS);
    return cleanError(route === null && attempts.length === 0 ? NOBODY_KNOWN : nobodyAnswered(attempts));
  }

  private asking(way: Way, candidate: Candidate, messages: vscode.LanguageModelChatMessage[]): Asking {
    const { request, turn, route, before, attempts } = way;
    return {
      messages,
      options: { justification: JUSTIFICATION, ...passedOn(request.options, route?.effort ?? null) },
      token: request.token,
      silenceMs: this.parts.silenceMs(),
      sink: request.sink,
      onAnswer: () =>
        this.parts.decisions.change(turn.key, {
          phase: "answering",
          ran: candidate.model,
          attempts: [...before, ...attempts],
          saving: route === null ? null : savingOf(route, candidate.model),
        }),
    };
  }

  /** Takes note of a model that did not answer; a refused consent ends the request there and then. */
  private failed(way: Way, model: RanModel, failure: NonNullable<Asked["failure"]>): void {
    way.attempts.push({ model, failure: failure.kind, message: failure.message });
    this.parts.log.warn(
      `${model.name} (${model.vendor}) did not answer: ${failure.kind}, ${failure.message}`,
    );
    this.parts.decisions.change(way.turn.key, { attempts: [...way.before, ...way.attempts] });
    this.conversations.unanswered(way.asked, model, "failed");
    if (failure.kind === "notFound") void this.parts.pool.refresh();
    if (failure.consentRefused) throw this.complaint(way.asked, "noConsent", refused(model));
  }

  /** The model that answered came to its end, was cancelled or broke off. */
  private settle(way: Way, model: RanModel, asked: Asked): void {
    const ending = way.request.token.isCancellationRequested
      ? "cancelled"
      : asked.failure
        ? "failed"
        : "done";
    this.conversations.answered(way.asked, model, ending);
    const error =
      asked.failure === null ? null : `${model.name} broke off its answer: ${asked.failure.message}`;
    this.parts.decisions.change(way.turn.key, { phase: ending, error });
    if (error !== null) throw cleanError(error);
  }

  /** Tells the router what ran; it counts, and leaves alone who failed. */
  private report(way: Way, model: RanModel, asked: Asked): void {
    if (way.route === null) return;
    const { inputTokens, cachedInputTokens, outputTokens } = asked.usage;
    void this.parts.router.outcome({
      decisionId: way.route.decisionId,
      model: { id: model.catalogId ?? model.editorId, vendor: model.vendor, editorId: model.editorId },
      ran: asked.ran,
      error: asked.failure?.kind ?? null,
      inputTokens: asked.ran ? (inputTokens ?? way.asked.promptTokens) : null,
      cachedInputTokens: cachedInputTokens ?? null,
      outputTokens: asked.ran ? outputTokens : null,
      latencyMs: Math.round(asked.milliseconds),
    });
  }

  /** A request without an answer: cancelled quietly, or with its one sentence. */
  private end(asked: ReadRequest, turn: Turn, token: vscode.CancellationToken, error: unknown): void {
    const record = this.recordOf(turn);
    const settled = record !== undefined && ["done", "failed", "cancelled"].includes(record.phase);
    if (token.isCancellationRequested) {
      this.conversations.unanswered(asked, null, "cancelled");
      this.parts.decisions.change(turn.key, { phase: "cancelled" });
      return;
    }
    const message = error instanceof Error ? error.message : String(error);
    if (!settled || turn.known) this.parts.decisions.change(turn.key, { phase: "failed", error: message });
    throw error;
  }

  /** The error of a problem that needs an action; nobody is bothered for the sake of a title. */
  private complaint(asked: ReadRequest, problem: Problem, message: string): Error {
    if (!asked.utility) this.parts.complain(problem, message);
    return cleanError(message);
  }
}

const NO_MODELS =
  "Auto has no models to choose from: no provider offers one now. Add one with “Chat: Manage Language Models”.";

/** Without a router nobody but the last decision's candidates is asked. */
const NOBODY_KNOWN =
  "The routing server does not answer, and no model that may be asked without it is offered now: " +
  "use “Hydra Auto: Restart Server”, or pick a model yourself.";

/**
 * The request's own options, with the reasoning effort that a rule asks for, null where none does: as the editor's
 * own picker sets it (`configuration`, which the typings lack and providers get as `modelConfiguration`), and by
 * OpenAI's name for providers that pass on what is in `modelOptions`. Who knows neither leaves it.
 */
function passedOn(
  { modelOptions, toolMode, tools }: ChatRequest["options"],
  effort: string | null,
): vscode.LanguageModelChatRequestOptions {
  const asked = effort === null ? undefined : { reasoning_effort: effort };
  return {
    ...(modelOptions === undefined && asked === undefined
      ? {}
      : { modelOptions: { ...modelOptions, ...asked } }),
    ...(effort === null ? {} : { configuration: { reasoningEffort: effort } }),
    ...(toolMode === undefined ? {} : { toolMode }),
    ...(tools === undefined ? {} : { tools: [...tools] }),
  };
}

/** @throws CancellationError where the user cancels before `work` is done. */
async function unlessCancelled<T>(work: Promise<T>, token: vscode.CancellationToken): Promise<T> {
  let relay: vscode.Disposable | undefined;
  const cancelled = new Promise<never>((_, reject) => {
    const end = (): void => reject(new vscode.CancellationError());
    relay = token.onCancellationRequested(end);
    if (token.isCancellationRequested) end();
  });
  try {
    return await Promise.race([work, cancelled]);
  } finally {
    relay?.dispose();
  }
}

function refused(model: RanModel): string {
  return (
    `You have not allowed Auto to use the models of ${model.vendor}, and nothing was sent to another vendor. ` +
    `Allow it with “Hydra Auto: Allow Models”, exclude ${model.name}, or send the request again for another model.`
  );
}

function nobodyAnswered(attempts: readonly Attempt[]): string {
  if (attempts.length === 0)
    return "Auto chose models that the editor no longer offers. Send the request again.";
  const told = attempts.map(({ model, message }) => `${model.name}: ${message}`).join("; ");
  return `No model could answer. ${told}. Send the request again, or see “Hydra Auto: Show Logs”.`;
}
