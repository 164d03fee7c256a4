/** The explanation view: one panel per window, kept up to date while it is open. */
import {
  commands,
  Disposable,
  type ExtensionContext,
  Position,
  Range,
  Uri,
  ViewColumn,
  type WebviewPanel,
  window,
} from "vscode";
import { randomBytes } from "node:crypto";
import type { DecisionStore, RouterClient } from "../contracts";
import type { OriginInfo } from "../wire/protocol";
import { explanationPage, explanationUpdate } from "./page";
import { Places } from "./places";
import { type ExplanationView, type PageRequest, readRequest } from "./view";

export interface ExplanationParts {
  readonly context: ExtensionContext;
  readonly decisions: DecisionStore;
  readonly router: RouterClient;
}

/** Registers `hydraAuto.explain` (argument: a DecisionRecord's `key`; none: the last decision). */
export function registerExplanation(parts: ExplanationParts): Disposable {
  let open: ExplanationPanel | undefined;
  const command = commands.registerCommand("hydraAuto.explain", (key?: unknown) => {
    open ??= new ExplanationPanel(parts, () => (open = undefined));
    open.show(typeof key === "string" ? key : undefined);
  });
  return Disposable.from(command, { dispose: () => open?.dispose() });
}

class ExplanationPanel {
  private readonly panel: WebviewPanel;
  private readonly disposables: Disposable[] = [];
  private key: string | undefined;
  private readonly places: Places;

  constructor(
    private readonly parts: ExplanationParts,
    closed: () => void,
  ) {
    const { context, decisions, router } = parts;
    this.places = new Places(router, () => this.refresh());
    const folders = ["dist", "media"].map((folder) => Uri.joinPath(context.extensionUri, folder));
    this.panel = window.createWebviewPanel(
      "hydraAuto.explanation",
      "Auto: Why This Model",
      { viewColumn: ViewColumn.Active },
      { enableScripts: true, localResourceRoots: folders, retainContextWhenHidden: false },
    );
    this.disposables.push(
      decisions.onDidChange(() => this.refresh()),
      this.panel.webview.onDidReceiveMessage((message: unknown) => this.answer(readRequest(message))),
      this.panel.onDidDispose(() => {
        for (const disposable of this.disposables) disposable.dispose();
        closed();
      }),
    );
    this.panel.webview.html = this.page();
  }

  /** Explains the decision `key`; undefined: the last one, and then each that follows. */
  show(key: string | undefined): void {
    this.key = key;
    this.panel.reveal(undefined, false);
    this.refresh();
  }

  dispose(): void {
    this.panel.dispose();
  }

  private refresh(): void {
    const route = this.view().shown?.route;
    if (route != null) void this.places.lookUp(route);
    void this.panel.webview.postMessage(explanationUpdate(this.view()));
  }

  private view(): ExplanationView {
    const { history, last, savedUsd } = this.parts.decisions;
    const shown = history.find(({ key }) => key === this.key) ?? last;
    return { shown, history, savedUsd, origins: this.places.origins };
  }

  private page(): string {
    const { webview } = this.panel;
    const uri = (...path: string[]) =>
      webview.asWebviewUri(Uri.joinPath(this.parts.context.extensionUri, ...path)).toString();
    return explanationPage(this.view(), {
      nonce: randomBytes(16).toString("base64"),
      cspSource: webview.cspSource,
      style: uri("media", "explanation.css"),
      script: uri("dist", "explanation.js"),
    });
  }

  private answer(request: PageRequest | undefined): void {
    if (request?.kind === "ready") this.refresh();
    if (request?.kind === "show") this.show(request.key);
    if (request?.kind === "open") void this.openOrigin(request.file, request.line);
  }

  /** Opens a catalog file that the page itself shows, and no other. */
  private async openOrigin(file: string, line: number): Promise<void> {
    if (!this.originsShown().some((origin) => origin.file === file)) return;
    const at = new Position(line - 1, 0);
    try {
      await window.showTextDocument(Uri.file(file), {
        selection: new Range(at, at),
        viewColumn: ViewColumn.Beside,
      });
    } catch (error) {
      void window.showErrorMessage(`${file} cannot be opened: ${String(error)}`);
    }
  }

  private originsShown(): OriginInfo[] {
    const explanation = this.view().shown?.route?.explanation;
    const rules = explanation?.rules.flatMap(({ origin }) => origin ?? []) ?? [];
    const values = explanation?.decidedBy.map(({ origin }) => origin) ?? [];
    return [...this.places.origins.values(), ...values, ...rules];
  }
}
