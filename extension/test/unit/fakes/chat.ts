/** A fake of `vscode.lm`: models that do as they are told, and a router that says what it is told. */
import * as vscode from "vscode";
import type { RouterClient } from "../../../src/contracts";
import { createDecisions, type DecisionJournal } from "../../../src/decisions/store";
import { createPool, type ModelSource, type Pool } from "../../../src/pool/pool";
import { Answering, type ChatRequest, type Problem } from "../../../src/provider/answering";
import type { OutcomeParams, RouteParams, RouteResult } from "../../../src/wire/protocol";

export type Part = vscode.LanguageModelResponsePart;
type Behaviour = (token: vscode.CancellationToken) => AsyncIterable<unknown>;

export interface Sent {
  readonly messages: vscode.LanguageModelChatMessage[];
  readonly options: vscode.LanguageModelChatRequestOptions | undefined;
}

/** A model of the editor; `sent` is what it got. */
export interface FakeModel extends vscode.LanguageModelChat {
  readonly sent: Sent[];
}

export function fakeModel(id: string, behaviour: Behaviour = says("hello"), more: object = {}): FakeModel {
  const sent: Sent[] = [];
  return {
    id,
    vendor: "acme",
    family: id,
    version: "1",
    name: id.toUpperCase(),
    maxInputTokens: 100_000,
    sent,
    sendRequest(messages, options, token) {
      sent.push({ messages, options });
      const stream = behaviour(token ?? new vscode.CancellationTokenSource().token);
      return Promise.resolve({ stream, text: undefined as never });
    },
    countTokens: () => Promise.resolve(1),
    ...more,
  };
}

export function says(...parts: (string | object)[]): Behaviour {
  return async function* () {
    await Promise.resolve();
    for (const part of parts) yield typeof part === "string" ? new vscode.LanguageModelTextPart(part) : part;
  };
}

/** Sends `before`, then breaks off. */
export function fails(error: Error, ...before: string[]): Behaviour {
  return async function* () {
    yield* says(...before)(new vscode.CancellationTokenSource().token);
    throw error;
  };
}

/** Never says anything, and does not heed its token. */
export function silent(): Behaviour {
  return () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) });
}

export interface World {
  readonly answering: Answering;
  readonly decisions: DecisionJournal;
  readonly pool: Pool;
  readonly source: FakeSource;
  readonly routes: RouteParams[];
  readonly outcomes: OutcomeParams[];
  readonly complaints: Problem[];
  readonly got: Part[];
  /** What the next routes do. */
  route: (params: RouteParams) => Promise<RouteResult>;
  ask(request: Partial<ChatRequest> | string): ReturnType<Answering["answer"]>;
}

export class FakeSource implements ModelSource {
  readonly changes = new vscode.EventEmitter<void>();
  readonly access = new vscode.EventEmitter<void>();
  readonly onDidChangeChatModels = this.changes.event;
  readonly onDidChangeAccess = this.access.event;
  refused = new Set<string>();
  granted = new Set<string>();
  asked = 0;
  constructor(public models: vscode.LanguageModelChat[]) {}
  selectChatModels({ vendor }: { vendor?: string }): Thenable<vscode.LanguageModelChat[]> {
    this.asked++;
    return Promise.resolve(this.models.filter((model) => vendor === undefined || model.vendor === vendor));
  }
  canSendRequest(chat: vscode.LanguageModelChat): boolean | undefined {
    if (this.granted.has(chat.id)) return true;
    return this.refused.has(chat.id) ? false : undefined;
  }
  vendors(): string[] {
    return [...new Set(this.models.map((model) => model.vendor))];
  }
}

/** `list` is what the editor does when it is asked for its models. */
export function world(
  models: readonly vscode.LanguageModelChat[],
  silenceMs = 0,
  list?: FakeSource["selectChatModels"],
): World {
  const source = new FakeSource([...models]);
  if (list !== undefined) source.selectChatModels = list;
  const pool = createPool(source, { warn: () => undefined });
  const decisions = createDecisions();
  const made = {
    routes: [] as RouteParams[],
    outcomes: [] as OutcomeParams[],
    complaints: [] as Problem[],
    got: [] as Part[],
  };
  const router = {
    route: (params: RouteParams) => {
      made.routes.push(params);
      return here.route(params);
    },
    outcome: (params: OutcomeParams) => {
      made.outcomes.push(params);
      return Promise.resolve();
    },
  } as unknown as RouterClient;
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const answering = new Answering({
    router,
    pool,
    decisions,
    context: () => ({ workspaceFolder: "file:///ws" }),
    silenceMs: () => silenceMs,
    log: quiet,
    complain: (problem) => made.complaints.push(problem),
  });
  const here: World = {
    ...made,
    answering,
    decisions,
    pool,
    source,
    route: (params) => Promise.resolve(routeTo(params, ...source.models.map((model) => model.id))),
    ask: (request) =>
      answering.answer({
        messages: [vscode.LanguageModelChatMessage.User(typeof request === "string" ? request : "hello")],
        options: { modelOptions: { _conversationId: "c" } },
        sink: (part) => made.got.push(part),
        token: new vscode.CancellationTokenSource().token,
        ...(typeof request === "string" ? {} : request),
      }),
  };
  return here;
}

const FLAT = { reasoning: 0.5, code_gen: 0.5, debugging: 0.5, tool_use: 0.5 };

/** A decision for these models of the editor in this order: the first is cheapest and least capable. */
export function routeTo(params: RouteParams, ...ids: string[]): RouteResult {
  const offers = ids.flatMap((id) => (params.available ?? []).filter((offer) => offer.id === id));
  const candidates = offers.map((offer) => ({
    id: `catalog/${offer.id}`,
    name: offer.name ?? "",
    vendor: offer.vendor,
    editorId: offer.id,
  }));
  const models = candidates.map((candidate, place) => ({
    id: candidate.id,
    name: candidate.name,
    capability: { reasoning: 0.2 * (place + 1), code_gen: 0.2, debugging: 0.2, tool_use: 0.2 },
    deficit: { ...FLAT },
    shortfall: 0,
    surplus: 0,
    cost: 0.001 * (place + 1),
    eligible: true,
    gate: null,
    dominatedBy: null,
    estimatedFrom: null,
    estimated: [],
  }));
  const [chosenModel] = candidates;
  if (chosenModel === undefined) throw Object.assign(new Error("no model may answer"), { code: -32803 });
  return {
    decisionId: `d-${params.prompt}`,
    chosenModel,
    candidates,
    scores: FLAT,
    shortfall: 0,
    confidence: 0.5,
    bucket: "medium",
    tier: "balance",
    sticky: false,
    fallback: false,
    fallbackReason: null,
    catalogVersion: "v1",
    latencyMs: { predict: 1, total: 2 },
    folder: null,
    effort: null,
    explanation: {
      reason: "it is the cheapest that meets the need",
      required: FLAT,
      mode: null,
      floor: null,
      anchor: null,
      drift: null,
      tau: 0.1,
      models,
      decidedBy: [],
      rules: [],
    },
    warnings: [],
  };
}
