/** The Auto model of the chat's picker. */
import * as vscode from "vscode";
import { AUTO, type Pool, VENDOR } from "../pool/pool";
import { tokensOfMessage, tokensOfText } from "../request/tokens";
import type { Answering } from "./answering";

/** While the pool is not known yet, or empty: what today's smallest models take. */
const UNKNOWN_TOKENS = 128_000;
const OUTPUT_TOKENS = 64_000;

export function registerProvider(pool: Pool, answering: Answering): vscode.Disposable {
  const changed = new vscode.EventEmitter<void>();
  const provider: vscode.LanguageModelChatProvider = {
    onDidChangeLanguageModelChatInformation: changed.event,
    // From the snapshot: whoever asks the editor for its models here waits for himself.
    provideLanguageModelChatInformation: () => [information(pool)],
    provideLanguageModelChatResponse: async (_model, messages, options, progress, token) => {
      const sink = progress.report.bind(progress);
      await answering.answer({ messages, options: options, sink, token });
    },
    provideTokenCount: (_model, text) =>
      Promise.resolve(typeof text === "string" ? tokensOfText(text) : tokensOfMessage(text)),
  };
  let said = JSON.stringify(information(pool));
  const tell = pool.onDidChange(() => {
    const now = JSON.stringify(information(pool));
    if (now === said) return; // telling the editor makes it tell us: only news are news
    said = now;
    changed.fire();
  });
  const registration = vscode.lm.registerLanguageModelChatProvider(VENDOR, provider);
  return vscode.Disposable.from(registration, tell, changed);
}

/** As able as the pool's ablest: what a request needs decides who of them may answer. */
export function information(pool: Pool): vscode.LanguageModelChatInformation {
  const infos = pool.offers.map((offer) => offer.info);
  const limits = infos.map((info) => info.maxInputTokens ?? 0);
  return {
    // VS Code pins a model of this id on top of its picker.
    id: AUTO,
    name: "Auto",
    // What the manifest's `chat.defaultModel` names: without it the editor begins a chat with whichever model it
    // hears of first. No other extension's Auto is of this family.
    family: VENDOR,
    version: "1",
    detail: "hydra-auto",
    tooltip:
      "Picks the cheapest of your models that is good enough for each request. It decides on this machine; the status bar says which model answers.",
    maxInputTokens: Math.max(...limits, 0) || UNKNOWN_TOKENS,
    maxOutputTokens: OUTPUT_TOKENS,
    // Agent mode offers only models with tools, and a provider may not say.
    capabilities: { imageInput: infos.some((info) => info.vision !== false), toolCalling: true },
  };
}
