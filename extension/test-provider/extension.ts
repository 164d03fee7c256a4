// Test-only language models: see script.ts for what they can be told.
import { watch } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import * as vscode from "vscode";
import { Script, type TestModel } from "./script";

export function activate(context: vscode.ExtensionContext): void {
  const folder = process.env.HYDRA_TEST_MODELS;
  if (folder === undefined) throw new Error("HYDRA_TEST_MODELS names no folder");
  const script = new Script(folder);
  for (const vendor of ["test-models", "other-auto"]) {
    const provider = new TestModels(script, vendor);
    context.subscriptions.push(vscode.lm.registerLanguageModelChatProvider(vendor, provider), provider);
  }
  // In a hurry: the editor hears of these models before it hears of any other extension's.
  if (process.env.HYDRA_TEST_EAGER !== undefined) void vscode.lm.selectChatModels({ vendor: "test-models" });
}

class TestModels implements vscode.LanguageModelChatProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeLanguageModelChatInformation = this.changed.event;
  private readonly watcher;

  constructor(
    private readonly script: Script,
    private readonly vendor: string,
  ) {
    this.watcher = watch(script.folder, (_, name) => {
      if (name === "models.json") this.changed.fire();
    });
  }

  dispose(): void {
    this.watcher.close();
  }

  provideLanguageModelChatInformation(): vscode.LanguageModelChatInformation[] {
    return this.models().map(({ id, name, maxInputTokens, vision }) => ({
      id,
      name,
      family: id,
      version: "1",
      maxInputTokens,
      maxOutputTokens: 4000,
      capabilities: { imageInput: vision, toolCalling: true },
    }));
  }

  async provideLanguageModelChatResponse(
    { id }: vscode.LanguageModelChatInformation,
    messages: readonly vscode.LanguageModelChatRequestMessage[],
    options: vscode.ProvideLanguageModelChatResponseOptions,
    progress: vscode.Progress<vscode.LanguageModelResponsePart>,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const model = this.models().find((m) => m.id === id);
    if (model === undefined) throw vscode.LanguageModelError.NotFound(`${id} has gone`);
    const request = {
      model: id,
      at: Date.now(),
      roles: messages.map(({ role }) => role as number),
      texts: messages.map(text),
      parts: messages.flatMap(kinds),
      tools: options.tools?.length ?? 0,
      initiator: (options as { requestInitiator?: string }).requestInitiator,
      efforts: efforts(options),
    };
    this.script.note(request);
    token.onCancellationRequested(() => this.script.note({ ...request, at: Date.now(), cancelled: true }));
    await answer(model, messages, options, progress, token);
  }

  provideTokenCount(_: unknown, content: string | vscode.LanguageModelChatRequestMessage): Promise<number> {
    return Promise.resolve(Math.ceil((typeof content === "string" ? content : text(content)).length / 4));
  }

  private models(): readonly TestModel[] {
    return this.script.read().filter((model) => (model.vendor ?? "test-models") === this.vendor);
  }
}

async function answer(
  { id, name, behaviour }: TestModel,
  messages: readonly vscode.LanguageModelChatRequestMessage[],
  { tools }: vscode.ProvideLanguageModelChatResponseOptions,
  progress: vscode.Progress<vscode.LanguageModelResponsePart>,
  token: vscode.CancellationToken,
): Promise<void> {
  const say = (words: string) => progress.report(new vscode.LanguageModelTextPart(words));
  const hasResult = messages.some(({ content }) =>
    content.some((part) => part instanceof vscode.LanguageModelToolResultPart),
  );
  switch (behaviour) {
    case "fail":
      throw new Error(`${name} is out of order`);
    case "quota":
      throw new Error(`429: ${name} has no quota left`);
    case "refuse":
      throw vscode.LanguageModelError.NoPermissions(`${name} is not allowed`);
    case "block":
      throw vscode.LanguageModelError.Blocked(`${name} blocked the request`);
    case "lose":
      throw vscode.LanguageModelError.NotFound(`${name} cannot be found`);
    case "hang":
      await new Promise<void>((resolve) => token.onCancellationRequested(() => resolve()));
      throw new vscode.CancellationError();
    case "break":
      say(`${name} begins`);
      await pause(500); // or the editor would drop the part for the error that follows it
      throw new Error(`${name} broke off`);
    case "tool": {
      const [tool] = tools ?? [];
      if (!hasResult && tool !== undefined) {
        progress.report(new vscode.LanguageModelToolCallPart(`call-${id}`, tool.name, {}));
        return;
      }
    }
  }
  for (const words of [`Hello from ${name}`, ", a test model", "."]) {
    say(words);
    if (behaviour === "slow") await pause(1000);
    if (token.isCancellationRequested) throw new vscode.CancellationError();
  }
}

function text({ content }: vscode.LanguageModelChatRequestMessage): string {
  return content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : "")).join("");
}

function efforts(options: vscode.ProvideLanguageModelChatResponseOptions): unknown[] {
  const { modelConfiguration, modelOptions } = options as {
    modelConfiguration?: { reasoningEffort?: unknown };
    modelOptions?: { reasoning_effort?: unknown };
  };
  return [modelConfiguration?.reasoningEffort, modelOptions?.reasoning_effort].filter((e) => e !== undefined);
}

/** The kinds of parts that are no text; the classes' own names are shortened in a built editor. */
function kinds({ content }: vscode.LanguageModelChatRequestMessage): string[] {
  return content.flatMap((part) => {
    if (part instanceof vscode.LanguageModelTextPart) return [];
    if (part instanceof vscode.LanguageModelDataPart) return [`data ${part.mimeType}`];
    if (part instanceof vscode.LanguageModelToolCallPart) return ["tool call"];
    if (part instanceof vscode.LanguageModelToolResultPart) return ["tool result"];
    return ["other"];
  });
}
