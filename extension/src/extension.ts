/** Composes the extension; every concern is a part of its own. */
import { type ExtensionContext, window } from "vscode";
import { createServer } from "./server";
import { readSettings } from "./settings/settings";

export async function activate(context: ExtensionContext): Promise<void> {
  const log = window.createOutputChannel("Hydra Auto", { log: true });
  const server = createServer({ context, log, settings: readSettings, initializationOptions: () => ({}) });
  context.subscriptions.push(log, server);
  await server.start();
}
