/** One server process with the language client that talks to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import type { LogOutputChannel } from "vscode";
import { CloseAction, ErrorAction, LanguageClient, RevealOutputChannelOn } from "vscode-languageclient/node";
import type { InitializationOptions } from "../wire/protocol";
import type { Command } from "./command";
import type { Session } from "./life";
import { request } from "./request";

/** The first start compiles the bundled libraries, on whatever machine this is. */
const START_MS = 60_000;
const STOP_MS = 2_000;
const GONE_MS = 500;

export interface SessionParts {
  readonly command: Command;
  readonly log: LogOutputChannel;
  readonly initializationOptions: () => InitializationOptions;
  /** The notifications that are listened to. */
  readonly heard: readonly string[];
  readonly hear: (method: string, params: unknown) => void;
}

/** @throws Error where the process does not come up as a server, with a clause that says why. */
export async function openSession(parts: SessionParts): Promise<Session> {
  const { executable, args, cwd, env } = parts.command;
  const child = spawn(executable, args, { cwd, env, windowsHide: true });
  const ended = endOf(child);
  const client = createClient(child, parts);
  for (const method of parts.heard) client.onNotification(method, (params) => parts.hear(method, params));
  const clock = new AbortController();
  try {
    await Promise.race([
      client.start(),
      ended.then((how) => Promise.reject(new Error(how))),
      pause(START_MS, undefined, clock).then(() =>
        Promise.reject(new Error(`no answer within ${START_MS / 1000} seconds`)),
      ),
    ]);
  } catch (error) {
    // The connection may break a moment before the process is known to have ended, which says more.
    const how = await Promise.race([ended, pause(GONE_MS)]);
    child.kill("SIGKILL");
    await Promise.race([client.dispose().catch(() => undefined), pause(STOP_MS)]);
    throw how === undefined ? error : new Error(how);
  } finally {
    clock.abort();
  }
  return {
    pid: child.pid,
    version: client.initializeResult?.serverInfo?.version,
    ended,
    request: (method, params, token) => request(client, method, params, token),
    notify: (method, params) => void client.sendNotification(method, params).catch(() => undefined),
    stop: async () => {
      await client.dispose(STOP_MS).catch(() => undefined);
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** How the process ended, once it has; one that cannot even be started ends so, too. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code ?? "?"}`));
  });
}

/**
 * Its trace follows the log channel's level. The id is no section of our settings, for a `trace.server` there
 * could ask for the messages' content, and with it the prompts.
 */
function createClient(child: ChildProcess, { log, initializationOptions }: SessionParts): LanguageClient {
  return new LanguageClient("hydraAutoServer", "Hydra Auto", () => Promise.resolve(child), {
    outputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions,
    documentSelector: [{ scheme: "file", pattern: "**/.vscode/hydra-catalog.yaml" }],
    initializationFailedHandler: () => false,
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => ({ action: CloseAction.DoNotRestart, handled: true }),
    },
  });
}
