/** The one server of this window, with its commands, notices and language status. */
import { rm } from "node:fs/promises";
import { arch, homedir, platform, release } from "node:os";
import * as vscode from "vscode";
import type { ReadSettings, ServerController, ServerState } from "../contracts";
import { SECTION } from "../settings/settings";
import {
  type InitializationOptions,
  type PredictorStatus,
  STATUS,
  type StatusResult,
} from "../wire/protocol";
import { Backoff } from "./backoff";
import { Bundled } from "./command";
import { debugInformation } from "./debugInformation";
import { createLanguageStatus, healthOf } from "./languageStatus";
import { ServerLife, type Session } from "./life";
import { type Installer, installNow, mayInstall } from "./native/consent";
import { createNotices, type Notices } from "./notices";
import { settledPredictor } from "./predictor";
import { chooseInterpreter } from "./python/choose";
import { Starter } from "./starter";

export interface ServerParts {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly settings: ReadSettings;
  /** Asked anew at each start. */
  readonly initializationOptions: () => InitializationOptions;
}

/** Also registers `hydraAuto.restart`, `.showLogs`, `.debugInformation`, `.installPredictor` and the language status item. */
export function createServer(parts: ServerParts): ServerController {
  return new Server(parts);
}

class Server implements ServerController {
  readonly onDidChangeState: vscode.Event<ServerState>;
  private readonly changed = new vscode.EventEmitter<ServerState>();
  private readonly bundled: Bundled;
  private readonly backoff = new Backoff();
  private readonly status = createLanguageStatus();
  private readonly notices: Notices;
  private readonly installer: Installer;
  private readonly starter: Starter;
  private readonly life: ServerLife;
  private readonly registered: vscode.Disposable;
  private predictor: PredictorStatus | undefined;
  private installing = false;

  constructor(private readonly parts: ServerParts) {
    const { context, log, settings } = parts;
    this.onDidChangeState = this.changed.event;
    this.bundled = new Bundled(context.extensionPath);
    this.installer = { bundled: this.bundled, memory: context.globalState, log, settings };
    this.notices = createNotices({
      memory: context.globalState,
      choosePython: () => chooseInterpreter(this.bundled),
    });
    this.starter = new Starter(parts, this.bundled, () => void this.pythonChanged());
    this.life = new ServerLife({
      open: (hear) => this.starter.open(hear),
      backoff: this.backoff,
      changed: (state) => this.become(state),
      started: (session) => void this.started(session),
      unstartable: (reason) => this.notices.noPython(reason),
      gaveUp: (reason) => this.notices.gaveUp(`${reason} Auto chooses by a fixed rule meanwhile.`),
      log,
    });
    this.registered = this.register();
  }

  get state(): ServerState {
    return this.life.state;
  }

  start(): Promise<void> {
    return this.life.start();
  }

  restart(): Promise<void> {
    return this.life.restart();
  }

  request<R>(method: string, params: unknown, token?: vscode.CancellationToken): Promise<R> {
    return this.life.request(method, params, token);
  }

  notify(method: string, params: unknown): void {
    this.life.notify(method, params);
  }

  onNotification<P>(method: string, handler: (params: P) => void): vscode.Disposable {
    return this.life.onNotification(method, handler);
  }

  dispose(): void {
    void this.life.stop();
    for (const part of [this.registered, this.starter, this.status, this.changed]) part.dispose();
  }

  private register(): vscode.Disposable {
    const { log } = this.parts;
    const { registerCommand } = vscode.commands;
    return vscode.Disposable.from(
      registerCommand("hydraAuto.restart", () => {
        this.notices.newsAgain();
        return this.restart();
      }),
      registerCommand("hydraAuto.showLogs", () => log.show()),
      registerCommand("hydraAuto.debugInformation", () => this.printDebugInformation()),
      registerCommand("hydraAuto.installPredictor", () => this.install()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (!change.affectsConfiguration(`${SECTION}.interpreter`)) return;
        this.notices.newsAgain();
        void this.pythonChanged();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.pythonChanged()),
    );
  }

  private become(state: ServerState): void {
    if (state.phase !== "running") this.predictor = undefined;
    this.status.show(healthOf(state, this.predictor));
    this.changed.fire(state);
  }

  /** Follows the predictor, and offers to install what it lacks. */
  private async started(session: Session): Promise<void> {
    this.notices.newsAgain();
    const predictor = await settledPredictor(session);
    if (predictor === undefined) return;
    this.predictor = predictor;
    this.status.show(healthOf(this.state, predictor));
    if (predictor.state !== "failed") return;
    this.parts.log.warn(`A fixed rule chooses: ${predictor.reason ?? "the predictor failed"}`);
    const { wanted } = this.starter;
    if (wanted !== undefined && !this.installing && (await mayInstall(this.installer, wanted)))
      await this.install();
  }

  /** Installs the native parts, and again where those that are there do not work. */
  private async install(): Promise<void> {
    const { starter } = this;
    if (starter.wanted === undefined) {
      this.notices.newsAgain();
      await this.restart();
    }
    const { wanted } = starter;
    if (wanted === undefined || this.installing) return;
    if (this.predictor?.state === "ready") {
      void vscode.window.showInformationMessage("Auto's predictor is installed and works.");
      return;
    }
    this.installing = true;
    try {
      if (starter.native === wanted.folder && this.predictor?.state === "failed")
        await rm(wanted.folder, { recursive: true, force: true });
      if (await installNow(this.installer, wanted)) await this.restart();
    } finally {
      this.installing = false;
    }
  }

  private async pythonChanged(): Promise<void> {
    if (await this.starter.isOutdated()) await this.restart();
  }

  private async printDebugInformation(): Promise<void> {
    const { context, log, settings } = this.parts;
    const status = await this.request<StatusResult>(STATUS, {}).catch(() => undefined);
    const { packageJSON } = context.extension as { packageJSON: { version: string } };
    const text = debugInformation({
      extension: packageJSON.version,
      editor: `${vscode.env.appName} ${vscode.version}`,
      system: `${platform()} ${release()} ${arch()}`,
      trusted: vscode.workspace.isTrusted,
      home: homedir(),
      state: this.state,
      crashes: this.backoff.recent,
      interpreter: this.starter.found?.interpreter,
      problem: this.starter.found?.problem,
      native: this.starter.native,
      status,
      settings: settings(),
    });
    log.info(`Debug information\n${text}`);
    log.show();
  }
}
