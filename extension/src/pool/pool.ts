/** The models that the editor offers now: a snapshot, renewed when the editor says that they changed. */
import * as vscode from "vscode";
import type { AvailableModelInfo } from "../wire/protocol";

export const VENDOR = "hydra-auto";
export const AUTO = "auto";

/** What VS Code 1.125 and later tell of a model beyond the typings. */
type Chat = vscode.LanguageModelChat & {
  readonly capabilities?: { readonly supportsImageToText?: boolean; readonly supportsToolCalling?: boolean };
};

export interface Offer {
  readonly chat: vscode.LanguageModelChat;
  readonly info: AvailableModelInfo;
}

export interface Pool extends vscode.Disposable {
  readonly offers: readonly Offer[];
  readonly onDidChange: vscode.Event<void>;
  /** Settles once the editor has been asked for the first time. */
  readonly ready: Promise<void>;
  /** Asks the editor anew; for a model that turned out to be gone. */
  refresh(): Promise<void>;
}

/** What `vscode.lm` and the extension's access information give. */
export interface ModelSource {
  selectChatModels(): Thenable<vscode.LanguageModelChat[]>;
  readonly onDidChangeChatModels: vscode.Event<void>;
  canSendRequest(chat: vscode.LanguageModelChat): boolean | undefined;
  readonly onDidChangeAccess: vscode.Event<void>;
}

export function createPool(source: ModelSource, log: { warn(message: string): void }): Pool {
  const changed = new vscode.EventEmitter<void>();
  let offers: readonly Offer[] = [];
  let asked: Promise<void> | undefined;
  let again = false;

  const take = (chats: readonly vscode.LanguageModelChat[]): void => {
    const before = JSON.stringify(offers.map((offer) => offer.info));
    offers = chats.filter(isCandidate).map((chat) => ({ chat, info: describe(chat, source) }));
    if (JSON.stringify(offers.map((offer) => offer.info)) !== before) changed.fire();
  };
  const ask = async (): Promise<void> => {
    try {
      do {
        again = false;
        take(await source.selectChatModels());
      } while (again);
    } catch (error) {
      log.warn(`The editor did not list its models: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      asked = undefined;
    }
  };
  // Changes come in bursts, each while the answer to the last is still on its way.
  const refresh = (): Promise<void> => {
    again = asked !== undefined;
    return (asked ??= ask());
  };

  const listeners = [source.onDidChangeChatModels, source.onDidChangeAccess].map((event) =>
    event(() => void refresh()),
  );
  return {
    get offers() {
      return offers;
    },
    onDidChange: changed.event,
    ready: refresh(),
    refresh,
    dispose: () => vscode.Disposable.from(...listeners, changed).dispose(),
  };
}

/** Not ourselves, and no other `auto`: a choice between choosers would be a loop. */
function isCandidate(chat: vscode.LanguageModelChat): boolean {
  return chat.vendor !== VENDOR && chat.id !== AUTO;
}

function describe(chat: Chat, source: ModelSource): AvailableModelInfo {
  return {
    vendor: chat.vendor,
    id: chat.id,
    family: chat.family,
    version: chat.version,
    name: chat.name,
    maxInputTokens: limit(chat.maxInputTokens),
    vision: chat.capabilities?.supportsImageToText ?? null,
    tools: chat.capabilities?.supportsToolCalling ?? null,
    canSend: source.canSendRequest(chat) ?? null,
  };
}

/** Some providers say 0, Infinity or a fraction where they do not know. */
function limit(tokens: number): number | null {
  return Number.isFinite(tokens) && tokens >= 1 ? Math.min(Math.floor(tokens), 2 ** 31 - 1) : null;
}
