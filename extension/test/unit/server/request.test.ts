import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import * as vscode from "vscode";
import {
  createMessageConnection,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-jsonrpc/node";
import { ServerUnavailable } from "../../../src/contracts";
import { type Connection, request } from "../../../src/server/request";

/** A connection whose other end answers with the parameters as they came over the wire. */
function echo(): Connection {
  const [there, back] = [new PassThrough(), new PassThrough()];
  const end = (from: PassThrough, to: PassThrough): MessageConnection =>
    createMessageConnection(new StreamMessageReader(from), new StreamMessageWriter(to));
  const [client, server] = [end(back, there), end(there, back)];
  server.onRequest((_method, params) => JSON.stringify(params));
  for (const one of [client, server]) one.listen();
  return { isRunning: () => true, sendRequest: (method, ...given) => client.sendRequest(method, ...given) };
}

const error = (code: number) => Object.assign(new Error("no"), { code });
const failing = (reason: Error, running = true): Connection => ({
  isRunning: () => running,
  sendRequest: () => Promise.reject(reason),
});

describe("a request", () => {
  it("has its one parameter on the wire, with a token and without", async () => {
    const connection = echo();
    const { token } = new vscode.CancellationTokenSource();
    expect(await request(connection, "hydra/status", {})).toBe("{}");
    expect(await request(connection, "hydra/route", { prompt: "x" }, token)).toBe('{"prompt":"x"}');
  });

  it("tells a cancelled one and a broken connection from the server's own error", async () => {
    const own = error(-32602);
    await expect(request(failing(own), "m", {})).rejects.toBe(own);
    await expect(request(failing(error(-32800)), "m", {})).rejects.toBeInstanceOf(vscode.CancellationError);
    await expect(request(failing(error(-32097)), "m", {})).rejects.toBeInstanceOf(ServerUnavailable);
    await expect(request(failing(own, false), "m", {})).rejects.toBeInstanceOf(ServerUnavailable);
  });
});
