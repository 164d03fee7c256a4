/**
 * What the extension's parts know of each other. `extension.ts` composes them; nobody imports another
 * part's insides. The wire's own types are in `wire/protocol.ts`.
 */
import type { CancellationToken, Disposable, Event, Uri } from "vscode";
import type {
  CatalogResult,
  Failure,
  OutcomeParams,
  RouteParams,
  RouteResult,
  StatusResult,
  StickinessOptions,
  TierName,
} from "./wire/protocol";

/** `hydraAuto.*`, as in force for a folder (or the window). An empty string means "not set". */
export interface HydraSettings {
  /** Null: the catalog's default and rules decide. */
  readonly tier: TierName | null;
  readonly statusBar: boolean;
  readonly stickiness: StickinessOptions;
  readonly deadlineMs: number;
  /** How long a model may be silent before the next one is asked; 0: for ever. */
  readonly silenceSeconds: number;
  readonly logPrompts: boolean;
  readonly catalog: Record<string, unknown>;
  readonly organisationCatalog: string;
  readonly interpreter: string;
  readonly wheels: string;
}

export type ReadSettings = (folder?: Uri) => HydraSettings;

// --- the server's life (src/server) -------------------------------------------------------------------

/** `waiting`: crashed, and started again after a pause; `failed`: it stays down until the user does something. */
export type ServerPhase = "stopped" | "starting" | "running" | "waiting" | "failed";

export interface ServerState {
  readonly phase: ServerPhase;
  /** One clear sentence where the phase needs one (`waiting`, `failed`). */
  readonly reason?: string;
  readonly pid?: number;
  readonly version?: string;
}

/** No server can answer now; `message` is one sentence that says why. */
export class ServerUnavailable extends Error {
  override readonly name = "ServerUnavailable";
}

/** The one routing server of this window, through all its restarts. */
export interface ServerController extends Disposable {
  readonly state: ServerState;
  readonly onDidChangeState: Event<ServerState>;
  /** Settles when the server runs or is known not to; never rejects: `state` says what became of it. */
  start(): Promise<void>;
  /** Ends the present server, if any, and starts a new one; what was asked of the old one is rejected. */
  restart(): Promise<void>;
  /**
   * Asks the server, once it is up where it is starting.
   *
   * @throws ServerUnavailable where it is not running, ends before it answers, or cannot be written to;
   *   the server's own error otherwise (its `message` is one clear sentence); CancellationError.
   */
  request<R>(method: string, params: unknown, token?: CancellationToken): Promise<R>;
  /** Tells the server; dropped where it is not running (a start sends the whole state anyway). */
  notify(method: string, params: unknown): void;
  /** Hears the server, also after a restart. */
  onNotification<P>(method: string, handler: (params: P) => void): Disposable;
}

// --- asking the router (src/routing) ------------------------------------------------------------------

/** The wire's methods, typed, with the deadline that a route may take. */
export interface RouterClient {
  /** @throws ServerUnavailable also past the deadline. */
  route(params: RouteParams, token?: CancellationToken): Promise<RouteResult>;
  status(token?: CancellationToken): Promise<StatusResult>;
  /** The catalog in force in a folder (a URI); null: in the first. */
  catalog(folder: string | null, token?: CancellationToken): Promise<CatalogResult>;
  /** Never rejects: what ran is news, not a question. */
  outcome(params: OutcomeParams): Promise<void>;
  /** Pins `model` (a catalog id) in a conversation; null takes the pin out. Replies what is pinned now. */
  pin(conversationId: string, model: string | null, vendor?: string): Promise<string | null>;
  /** Answers a folder's catalog that asks for consent. Whether it is applied now. */
  consent(folder: string, contentHash: string, granted: boolean): Promise<boolean>;
}

// --- what was decided (src/decisions) -----------------------------------------------------------------

/** A model as the editor names it; `catalogId` is the router's name for it, null where it has none. */
export interface RanModel {
  readonly vendor: string;
  readonly editorId: string;
  readonly name: string;
  readonly catalogId: string | null;
}

/** A model that was asked and did not begin to answer. */
export interface Attempt {
  readonly model: RanModel;
  readonly failure: Failure;
  readonly message: string;
}

/** Expected cost of the request, USD, on the model that ran and on the strongest eligible one. */
export interface Saving {
  readonly cost: number;
  readonly strongest: string;
  readonly strongestCost: number;
  /** `strongestCost - cost`; negative where the dearer one ran. */
  readonly saved: number;
}

export type DecisionPhase = "routing" | "routed" | "answering" | "done" | "cancelled" | "failed";

/** One user turn: what was decided and what became of it. Utility requests and tool loops have none. */
export interface DecisionRecord {
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly conversationId: string;
  /** The beginning of the prompt, for the reader's eye; it stays in this window's memory. */
  readonly label: string;
  readonly phase: DecisionPhase;
  /** The router's reply; null while routing, and where no router answered (`unrouted` says why). */
  readonly route: RouteResult | null;
  readonly unrouted: string | null;
  /** What the user waited for routing, milliseconds. */
  readonly routingMs: number | null;
  /** The model that answers or answered. */
  readonly ran: RanModel | null;
  readonly attempts: readonly Attempt[];
  readonly saving: Saving | null;
  /** Why the request failed, one sentence. */
  readonly error: string | null;
}

/** The last decisions of this window, newest first; at most 50. */
export interface DecisionStore {
  readonly history: readonly DecisionRecord[];
  readonly last: DecisionRecord | undefined;
  /** Sum of `saving.saved` over every decision of this window whose model ran, USD. */
  readonly savedUsd: number;
  /** The decision that is new or has changed. */
  readonly onDidChange: Event<DecisionRecord>;
}

// --- what `activate` returns --------------------------------------------------------------------------

/** For other extensions, and for the tests in the extension host. */
export interface HydraAutoApi {
  readonly server: ServerController;
  readonly router: RouterClient;
  readonly decisions: DecisionStore;
}
