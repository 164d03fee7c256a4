/** The wire's methods, typed. */
import * as vscode from "vscode";
import { type RouterClient, type ServerController, ServerUnavailable } from "../contracts";
import * as wire from "../wire/protocol";
import { Pins } from "./pins";

/**
 * What the server may take beyond its own deadline before the client goes on without it: for a server that
 * hangs, or whose machine does.
 */
const GRACE_MS = 500;

export function createRouterClient(
  server: ServerController,
  deadlineMs: () => number,
): RouterClient & vscode.Disposable {
  const pins = new Pins(server);
  return {
    route: (params, token) => {
      const limit = deadlineMs() + GRACE_MS;
      return within(limit, token, (t) => server.request<wire.RouteResult>(wire.ROUTE, params, t));
    },
    status: (token) => server.request(wire.STATUS, {}, token),
    catalog: (workspaceFolder, token) => server.request(wire.CATALOG, { workspaceFolder }, token),
    outcome: (params) => server.request(wire.OUTCOME, params).then(ignore, ignore),
    pin: (conversationId, model, vendor) =>
      pins.set({ conversationId, model, ...(vendor === undefined ? {} : { vendor }) }),
    consent: async (folder, contentHash, granted) => {
      const params = { folder, contentHash, granted };
      return (await server.request<{ applied: boolean }>(wire.CONSENT, params)).applied;
    },
    dispose: () => pins.dispose(),
  };
}

/** Asks, and gives up after `milliseconds`: the server is told to stop, and the caller that it is late. */
async function within<R>(
  milliseconds: number,
  token: vscode.CancellationToken | undefined,
  ask: (token: vscode.CancellationToken) => Promise<R>,
): Promise<R> {
  const source = new vscode.CancellationTokenSource();
  const relay = token?.onCancellationRequested(() => source.cancel());
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      source.cancel();
      reject(new ServerUnavailable(`The routing server did not answer within ${milliseconds} ms.`));
    }, milliseconds);
  });
  try {
    return await Promise.race([ask(source.token), late]);
  } finally {
    clearTimeout(timer);
    relay?.dispose();
    source.dispose();
  }
}

function ignore(): void {
  // An outcome is news for the server's records; a server that is gone keeps none.
}
