/** What the tests in the extension host share: they ask Auto as another extension would. */
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import * as vscode from "vscode";
import type { HydraAutoApi } from "../../src/contracts";
import { type Behaviour, Script, THREE, type TestModel } from "../../test-provider/script";

export const script = new Script(process.env.HYDRA_TEST_MODELS ?? "");

/** The extension, activated. */
export async function hydra(): Promise<HydraAutoApi> {
  const extension = vscode.extensions.getExtension<HydraAutoApi>("hydra-auto.hydra-auto");
  assert.ok(extension, "the extension is not there");
  return extension.activate();
}

/** Waits until requests are scored, so that decisions are those of the predictor and not the fallback's. */
export async function scored(): Promise<HydraAutoApi> {
  const api = await hydra();
  await eventually(async () => assert.equal((await api.router.status()).ready, true));
  return api;
}

export async function auto(): Promise<vscode.LanguageModelChat> {
  let found: vscode.LanguageModelChat | undefined;
  await eventually(async () => {
    [found] = await vscode.lm.selectChatModels({ vendor: "hydra-auto" });
    assert.ok(found, "Auto is not offered");
  });
  assert.ok(found);
  return found;
}

/** Tells the test models to behave so, the others to answer, and waits until the editor offers just these. */
export async function behave(behaviours: Readonly<Record<string, Behaviour>> = {}): Promise<void> {
  await offer(THREE.map((model) => ({ ...model, behaviour: behaviours[model.id] ?? "answer" })));
}

/**
 * Offers exactly these models. The editor tells of models that come and go, but not of one whose limits change:
 * those go before they come back.
 */
export async function offer(models: readonly TestModel[]): Promise<void> {
  const limits = ({ id, maxInputTokens, vision }: TestModel) =>
    `${id} ${String(maxInputTokens)} ${String(vision)}`;
  const before = new Set(script.read().map(limits));
  if (!models.every((model) => before.has(limits(model)))) await offerOnly([]);
  await offerOnly(models);
  script.forget();
}

async function offerOnly(models: readonly TestModel[]): Promise<void> {
  script.write(models);
  const wanted = models.filter(({ id }) => id !== "auto").map(({ id }) => id);
  await eventually(async () => {
    const chats = await vscode.lm.selectChatModels({});
    const offered = chats.filter(
      ({ vendor, id }) => /^(test-models|other-auto)$/.test(vendor) && id !== "auto",
    );
    assert.deepEqual(offered.map(({ id }) => id).sort(), [...wanted].sort());
  });
}

export interface Answer {
  readonly text: string;
  readonly calls: readonly vscode.LanguageModelToolCallPart[];
}

export type Options = vscode.LanguageModelChatRequestOptions;

type Content = string | vscode.LanguageModelInputPart[];

export function user(content: Content): vscode.LanguageModelChatMessage {
  return new vscode.LanguageModelChatMessage(vscode.LanguageModelChatMessageRole.User, content);
}

export function assistant(content: Content): vscode.LanguageModelChatMessage {
  return new vscode.LanguageModelChatMessage(vscode.LanguageModelChatMessageRole.Assistant, content);
}

let talks = 0;

/** A conversation of its own. */
export function talk(): Options {
  return { modelOptions: { _conversationId: `talk-${String(++talks)}-${String(Date.now())}` } };
}

export async function ask(
  prompt: string | vscode.LanguageModelChatMessage[],
  options: Options = talk(),
  token?: vscode.CancellationToken,
): Promise<Answer> {
  const messages = typeof prompt === "string" ? [user(prompt)] : prompt;
  const response = await (await auto()).sendRequest(messages, options, token);
  let text = "";
  const calls: vscode.LanguageModelToolCallPart[] = [];
  for await (const part of response.stream) {
    if (part instanceof vscode.LanguageModelTextPart) text += part.value;
    if (part instanceof vscode.LanguageModelToolCallPart) calls.push(part);
  }
  return { text, calls };
}

/** The message of the error that asking ends with. */
export async function askAndFail(
  prompt: string | vscode.LanguageModelChatMessage[],
  options?: Options,
): Promise<string> {
  try {
    const { text } = await ask(prompt, options);
    assert.fail(`answered: ${text}`);
  } catch (error) {
    assert.ok(error instanceof Error);
    if (error instanceof assert.AssertionError) throw error;
    return error.message;
  }
}

/** Repeats `check` until it passes; its last failure is the one that is told. */
export async function eventually(check: () => void | Promise<void>, milliseconds = 60_000): Promise<void> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
    await pause(50);
  }
}

function catalogFile(): string {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, "no folder is open");
  return join(folder.uri.fsPath, ".vscode", "hydra-catalog.yaml");
}

/** Writes the workspace's catalog, or takes it away, behind the editor's back. */
export function writeCatalog(text: string | undefined): void {
  const file = catalogFile();
  mkdirSync(dirname(file), { recursive: true });
  if (text === undefined) rmSync(file, { force: true });
  else writeFileSync(file, text);
}

/** Sets `hydraAuto.*` for the user while `work` runs. */
export async function withSetting(name: string, value: unknown, work: () => Promise<void>): Promise<void> {
  const section = vscode.workspace.getConfiguration("hydraAuto");
  const before = section.inspect(name)?.globalValue;
  await section.update(name, value, vscode.ConfigurationTarget.Global);
  try {
    await work();
  } finally {
    await section.update(name, before, vscode.ConfigurationTarget.Global);
  }
}
