/** Composes the extension; every concern is a part of its own. */
import * as vscode from "vscode";
import { registerParticipant } from "./chat/participant";
import type { HydraAutoApi } from "./contracts";
import { createDecisions } from "./decisions/store";
import { registerExplanation } from "./explanation";
import { createPool } from "./pool/pool";
import { editorModels } from "./pool/source";
import { poolVerdicts } from "./pool/verdicts";
import { Answering } from "./provider/answering";
import { complain } from "./provider/complaints";
import { registerProvider } from "./provider/provider";
import { createRouterClient } from "./router/client";
import { createServer } from "./server";
import { editorContext } from "./settings/context";
import { readSettings } from "./settings/settings";
import { registerStatusBar } from "./status/bar";
import { registerMenu } from "./status/menu";
import { registerAllowModels } from "./trust/allow";
import { Consents } from "./trust/consents";
import { serverOptions } from "./trust/options";
import { registerReview } from "./trust/review";
import { syncServer } from "./trust/sync";

export function activate(context: vscode.ExtensionContext): HydraAutoApi {
  const settings = readSettings;
  const log = vscode.window.createOutputChannel("Hydra Auto", { log: true });
  const consents = new Consents(context.workspaceState);
  const options = () => serverOptions(settings, consents.given());
  const server = createServer({ context, log, settings, initializationOptions: options });
  const router = createRouterClient(server, () => settings().deadlineMs);
  const pool = createPool(editorModels(context), log);
  const decisions = createDecisions();
  const askPool = poolVerdicts(router, pool, editorContext);
  const answering = new Answering({
    router,
    pool,
    decisions,
    context: editorContext,
    silenceMs: () => settings().silenceSeconds * 1000,
    log,
    complain,
  });
  const icon = vscode.Uri.joinPath(context.extensionUri, "media", "icon.png");
  context.subscriptions.push(
    log,
    server,
    router,
    pool,
    decisions,
    syncServer(server, options),
    registerReview({ server, router, consents, log }),
    registerAllowModels(pool),
    registerProvider(pool, answering),
    registerParticipant({ answering, decisions, settings, askPool }, icon),
    registerStatusBar({ decisions, server, settings }),
    registerMenu({ decisions, router, settings, askPool }),
    registerExplanation({ context, decisions, router }),
  );
  void server.start();
  return { server, router, decisions };
}
