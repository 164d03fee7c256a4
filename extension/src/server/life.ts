/** The server through starts, crashes and restarts. */
import type { CancellationToken, Disposable } from "vscode";
import { type ServerController, type ServerState, ServerUnavailable } from "../contracts";
import type { Backoff } from "./backoff";

/** One running server process. */
export interface Session {
  readonly pid: number | undefined;
  readonly version: string | undefined;
  /** Resolves when it has ended, with a clause that says how: "exit code 1". */
  readonly ended: Promise<string>;
  /** @throws ServerUnavailable where the connection breaks; the server's own error otherwise. */
  request<R>(method: string, params: unknown, token?: CancellationToken): Promise<R>;
  notify(method: string, params: unknown): void;
  /** Ends it; resolves when it is gone. */
  stop(): Promise<void>;
}

/** No server can be started before the user does something; `message` is one sentence. */
export class Unstartable extends Error {
  override readonly name = "Unstartable";
}

type Hear = (method: string, params: unknown) => void;

export interface LifeParts {
  /** Starts a process; it is heard through `hear`. @throws Unstartable; another error counts as a crash. */
  readonly open: (hear: Hear) => Promise<Session>;
  readonly backoff: Backoff;
  readonly changed: (state: ServerState) => void;
  readonly started: (session: Session) => void;
  /** It stays down after an `Unstartable`. */
  readonly unstartable: (reason: string) => void;
  /** It stays down after too many crashes. */
  readonly gaveUp: (reason: string) => void;
  readonly log: { info(message: string): void; warn(message: string): void };
}

export class ServerLife implements Omit<ServerController, "onDidChangeState" | "dispose"> {
  state: ServerState = { phase: "stopped" };
  private session: Session | undefined;
  private timer: NodeJS.Timeout | undefined;
  private turn: Promise<void> = Promise.resolve();
  private over = false;
  private readonly handlers = new Map<string, Set<(params: never) => void>>();

  constructor(private readonly parts: LifeParts) {}

  start(): Promise<void> {
    return this.inTurn(() => (this.session === undefined ? this.open() : Promise.resolve()));
  }

  restart(): Promise<void> {
    this.parts.backoff.forget();
    return this.inTurn(async () => {
      await this.close();
      await this.open();
    });
  }

  /** Ends for good. */
  stop(): Promise<void> {
    this.over = true;
    return this.inTurn(async () => {
      await this.close();
      this.become({ phase: "stopped" });
    });
  }

  async request<R>(method: string, params: unknown, token?: CancellationToken): Promise<R> {
    if (this.session === undefined && this.isComing) await this.turn;
    const { session } = this;
    if (session === undefined) throw new ServerUnavailable(this.whyNot());
    return session.request<R>(method, params, token);
  }

  notify(method: string, params: unknown): void {
    this.session?.notify(method, params);
  }

  onNotification<P>(method: string, handler: (params: P) => void): Disposable {
    const handlers = this.handlers.get(method) ?? new Set();
    this.handlers.set(method, handlers.add(handler));
    return { dispose: () => handlers.delete(handler) };
  }

  /** A start, or the second half of a restart, is under way: whoever asks now is better off waiting. */
  private get isComing(): boolean {
    return this.state.phase === "starting" || this.state.phase === "running";
  }

  private whyNot(): string {
    return this.state.reason ?? `The routing server is not running (${this.state.phase}).`;
  }

  /** Starts and stops happen one after the other, whoever asks. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(work);
    return this.turn;
  }

  private async open(): Promise<void> {
    clearTimeout(this.timer);
    if (this.over) return;
    this.become({ phase: "starting" });
    try {
      const session = await this.parts.open((method, params) => this.hear(method, params));
      this.session = session;
      void session.ended.then((how) => this.ended(session, how));
      this.become({
        phase: "running",
        ...(session.pid === undefined ? {} : { pid: session.pid }),
        ...(session.version === undefined ? {} : { version: session.version }),
      });
      this.parts.started(session);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!(error instanceof Unstartable)) {
        this.crashed(message);
        return;
      }
      this.become({ phase: "failed", reason: message });
      this.parts.unstartable(message);
    }
  }

  private async close(): Promise<void> {
    clearTimeout(this.timer);
    const { session } = this;
    this.session = undefined;
    await session?.stop();
  }

  private hear(method: string, params: unknown): void {
    for (const handler of this.handlers.get(method) ?? []) handler(params as never);
  }

  private ended(session: Session, how: string): void {
    if (this.session !== session) return; // It was stopped.
    this.session = undefined;
    this.crashed(how);
  }

  private crashed(how: string): void {
    const pause = this.parts.backoff.crashed();
    if (pause === null) {
      const reason = `The routing server crashed ${this.parts.backoff.recent} times in three minutes (${how}) and stays down.`;
      this.become({ phase: "failed", reason });
      this.parts.gaveUp(reason);
      return;
    }
    this.become({
      phase: "waiting",
      reason: `The routing server crashed (${how}); it starts again in a moment.`,
    });
    this.timer = setTimeout(() => void this.start(), pause);
  }

  private become(state: ServerState): void {
    this.state = state;
    const { log } = this.parts;
    if (state.reason === undefined) log.info(`Server ${state.phase}`);
    else log.warn(`Server ${state.phase}: ${state.reason}`);
    this.parts.changed(state);
  }
}
