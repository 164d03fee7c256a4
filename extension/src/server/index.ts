// Until helper E2's part is merged: the server of this checkout, started once, without installation.
import * as path from "node:path";
import { EventEmitter, type ExtensionContext, type LogOutputChannel } from "vscode";
import { LanguageClient, State } from "vscode-languageclient/node";
import type { ReadSettings, ServerController, ServerState } from "../contracts";
import { ServerUnavailable } from "../contracts";
import type { InitializationOptions } from "../wire/protocol";

export interface ServerParts {
  readonly context: ExtensionContext;
  readonly log: LogOutputChannel;
  readonly settings: ReadSettings;
  /** Asked anew at each start. */
  readonly initializationOptions: () => InitializationOptions;
}

/** Also registers `hydraAuto.restart`, `.showLogs`, `.debugInformation`, `.installPredictor` and the language status item. */
export function createServer(parts: ServerParts): ServerController {
  const changed = new EventEmitter<ServerState>();
  let state: ServerState = { phase: "stopped" };
  const become = (next: ServerState): void => {
    state = next;
    changed.fire(state);
  };
  const client = new LanguageClient(
    "hydraAuto",
    "Hydra Auto",
    {
      command: parts.settings().interpreter || "python3",
      args: ["-m", "hydra_auto"],
      options: {
        env: { ...process.env, PYTHONPATH: path.join(parts.context.extensionPath, "..", "server") },
      },
    },
    { outputChannel: parts.log, initializationOptions: parts.initializationOptions },
  );
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Running) become({ phase: "running" });
    if (newState === State.Stopped) become({ phase: "failed", reason: "The server has stopped." });
  });
  return {
    get state() {
      return state;
    },
    onDidChangeState: changed.event,
    async start() {
      become({ phase: "starting" });
      try {
        await client.start();
      } catch (error) {
        become({ phase: "failed", reason: String(error) });
      }
    },
    async restart() {
      await client.restart();
    },
    async request<R>(method: string, params: unknown, token: Parameters<ServerController["request"]>[2]) {
      if (state.phase !== "running") throw new ServerUnavailable("The routing server is not running.");
      return client.sendRequest<R>(method, params, token);
    },
    notify: (method, params) => void client.sendNotification(method, params).catch(() => undefined),
    onNotification: (method, handler) => client.onNotification(method, handler),
    dispose: () => {
      changed.dispose();
      void client.dispose();
    },
  };
}
