/** A server process that is spoken to without an editor. */
import { type ChildProcess, spawn } from "node:child_process";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";
import type { Command } from "../../src/server/command";
import type { Session } from "../../src/server/life";
import { settledPredictor } from "../../src/server/predictor";
import { type Connection, request } from "../../src/server/request";
import { ROUTE, type RouteParams, type RouteResult } from "../../src/wire/protocol";

export interface Talk extends Session {
  readonly child: ChildProcess;
  route(params: RouteParams): Promise<RouteResult>;
}

/** Started as the extension starts it, and initialized; it writes no decision log. */
export async function talkTo({ executable, args, cwd, env }: Command): Promise<Talk> {
  const child = spawn(executable, args, { cwd, env, stdio: ["pipe", "pipe", "ignore"] });
  const ended = new Promise<string>((resolve) =>
    child.once("exit", (code, signal) => resolve(signal ?? String(code))),
  );
  const connection = createMessageConnection(
    new StreamMessageReader(child.stdout),
    new StreamMessageWriter(child.stdin),
  );
  connection.onError(() => undefined);
  connection.listen();
  const asked: Connection = {
    isRunning: () => child.exitCode === null && child.signalCode === null,
    sendRequest: (method, ...given) => connection.sendRequest(method, ...given),
  };
  const ask: Session["request"] = (method, params, token) => request(asked, method, params, token);
  await ask("initialize", {
    ...{ processId: process.pid, rootUri: null, capabilities: {} },
    initializationOptions: { log: false },
  });
  await connection.sendNotification("initialized", {});
  return {
    ...{ child, pid: child.pid, version: undefined, ended, request: ask },
    notify: (method, params) => void connection.sendNotification(method, params),
    route: (params) => ask<RouteResult>(ROUTE, params),
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
      connection.dispose();
    },
  };
}

export { settledPredictor };
