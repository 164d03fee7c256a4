// Placeholder of helper E2 until the part is merged: the interface stands, nothing runs yet.
import { EventEmitter, type ExtensionContext, type LogOutputChannel } from "vscode";
import type { ReadSettings, ServerController } from "../contracts";
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
export function createServer(_parts: ServerParts): ServerController {
  const changed = new EventEmitter<ServerController["state"]>();
  return {
    state: { phase: "stopped" },
    onDidChangeState: changed.event,
    start: () => Promise.resolve(),
    restart: () => Promise.resolve(),
    request: () => Promise.reject(new ServerUnavailable("The routing server is not part of this build.")),
    notify: () => undefined,
    onNotification: () => ({ dispose: () => undefined }),
    dispose: () => changed.dispose(),
  };
}
