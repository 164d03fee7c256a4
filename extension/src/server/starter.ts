/** Starts one server process: finds the Python, and the native parts that were installed for it. */
import * as vscode from "vscode";
import { DID_CHANGE_CATALOG } from "../wire/protocol";
import type { Bundled } from "./command";
import type { ServerParts } from "./index";
import { type Session, Unstartable } from "./life";
import type { Wanted } from "./native/consent";
import { installedParts, nativeFolder } from "./native/folder";
import { chosenInExtensions } from "./python/extensions";
import { discover, type Found } from "./python/interpreter";
import { pythonsOnPath } from "./python/path";
import { probe } from "./python/probe";
import { openSession } from "./session";

/** The server's own notifications that parts of the extension listen to. */
const HEARD = [DID_CHANGE_CATALOG];

const MEANWHILE = "Until there is one, Auto chooses by a fixed rule that does not look at the request.";

export class Starter implements vscode.Disposable {
  /** The outcome of the last search, undefined before the first. */
  found: Found | undefined;
  /** The native parts that the last server was started with. */
  native: string | null = null;
  private listening = vscode.Disposable.from();

  constructor(
    private readonly parts: ServerParts,
    private readonly bundled: Bundled,
    private readonly pythonChanged: () => void,
  ) {}

  /** What an installation would make; undefined where there is no Python to make it for. */
  get wanted(): Wanted | undefined {
    const python = this.found?.interpreter;
    if (python === undefined) return undefined;
    const storage = this.parts.context.globalStorageUri.fsPath;
    return { python, folder: nativeFolder(storage, python, this.bundled.lock) };
  }

  async open(hear: (method: string, params: unknown) => void): Promise<Session> {
    this.found = await this.search();
    const { wanted } = this;
    if (wanted === undefined) throw new Unstartable(`${this.found.problem ?? ""} ${MEANWHILE}`);
    this.native = installedParts(wanted.folder);
    const { log, initializationOptions } = this.parts;
    const { executable, version, source } = wanted.python;
    log.info(`Python ${version.join(".")} from ${source}: ${executable}; parts: ${this.native ?? "its own"}`);
    const command = this.bundled.server(executable, this.native);
    return openSession({ command, log, initializationOptions, heard: HEARD, hear });
  }

  /** Whether another Python would run the server now. */
  async isOutdated(): Promise<boolean> {
    const { found } = this;
    if (found === undefined) return false; // The first search is still to come, or under way.
    const now = await this.search();
    return now.interpreter?.executable !== found.interpreter?.executable || now.problem !== found.problem;
  }

  dispose(): void {
    this.listening.dispose();
  }

  private search(): Promise<Found> {
    return discover({
      setting: this.parts.settings().interpreter,
      extensions: () => this.askExtensions(),
      onPath: () => pythonsOnPath(),
      probe: (executable) => probe(this.bundled, executable),
    });
  }

  private askExtensions(): Promise<string[]> {
    this.listening.dispose();
    const heard: vscode.Disposable[] = [];
    this.listening = new vscode.Disposable(() => heard.forEach((one) => void one.dispose()));
    return chosenInExtensions(this.pythonChanged, (listener) => heard.push(listener));
  }
}
