/** One question to the server over its connection, and what an error of it means. */
import { CancellationError, type CancellationToken } from "vscode";
import { ServerUnavailable } from "../contracts";

/** LSP's own error codes: RequestCancelled, and those of a connection that is broken or closed. */
const CANCELLED = -32800;
const BROKEN = { first: -32099, last: -32096 };

/** What a language client and a bare JSON-RPC connection have in common. */
export interface Connection {
  isRunning(): boolean;
  sendRequest<R>(method: string, ...given: readonly unknown[]): Promise<R>;
}

/** @throws ServerUnavailable where the connection breaks; CancellationError; the server's own error otherwise. */
export async function request<R>(
  connection: Connection,
  method: string,
  params: unknown,
  token?: CancellationToken,
): Promise<R> {
  // A token that is there but undefined would be sent as one more parameter.
  const given = token === undefined ? [params] : [params, token];
  try {
    return await connection.sendRequest<R>(method, ...given);
  } catch (error) {
    const code = codeOf(error);
    if (code === CANCELLED) throw new CancellationError();
    if (!connection.isRunning() || (code !== undefined && code >= BROKEN.first && code <= BROKEN.last))
      throw new ServerUnavailable("The connection to the routing server broke before it answered.");
    throw error;
  }
}

function codeOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "number" ? code : undefined;
}
