/** The models that the editor offers now: a snapshot, renewed when the editor says that they changed. */
import { setTimeout as pause } from "node:timers/promises";
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
  /** Settles with the editor's first answer. */
  readonly ready: Promise<void>;
  /** Asks the editor anew; for a model that turned out to be gone. */
  refresh(): Promise<void>;
  /**
   * Asks the editor anew where its last answer is not fresh: it tells of models that come and go, but not of one
   * whose limits change. Waits but briefly, for a provider may take its time; then the next request has the news.
   */
  renewed(): Promise<void>;
}

/** What `vscode.lm` and the extension's access information give. */
export interface ModelSource {
  selectChatModels(selector: { vendor?: string }): Thenable<vscode.LanguageModelChat[]>;
  readonly onDidChangeChatModels: vscode.Event<void>;
  canSendRequest(chat: vscode.LanguageModelChat): boolean | undefined;
  readonly onDidChangeAccess: vscode.Event<unknown>;
  /** The vendors that the installed extensions declare. */
  vendors(): readonly string[];
}

export interface Patience {
  /** How long providers may take to list their models. */
  readonly limitMs: number;
  /** How long their answer counts as fresh. */
  readonly freshMs: number;
  /** How long a request waits for a fresh one. */
  readonly brieflyMs: number;
}

const PATIENCE: Patience = { limitMs: 10_000, freshMs: 5_000, brieflyMs: 50 };

export function createPool(
  source: ModelSource,
  log: { warn(message: string): void },
  { limitMs, freshMs, brieflyMs }: Patience = PATIENCE,
): Pool {
  const changed = new vscode.EventEmitter<void>();
  /** By number: the last question that is wanted, that was asked, and whose answer was taken. */
  const order = { wanted: 0, asked: 0, taken: 0 };
  let asking: Promise<void> | undefined;
  let offers: readonly Offer[] = [];
  let answeredAt = -Infinity;
  let known: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => (known = resolve));

  /** Takes the answer to the question `number`, unless a later one has been answered before it. */
  const take = (number: number, chats: readonly vscode.LanguageModelChat[]): void => {
    if (number < order.taken) return;
    known();
    order.taken = number;
    answeredAt = performance.now();
    const before = JSON.stringify(offers.map((offer) => offer.info));
    offers = chats.filter(isCandidate).map((chat) => ({ chat, info: describe(chat, source) }));
    if (JSON.stringify(offers.map((offer) => offer.info)) !== before) changed.fire();
  };
  const ask = async (number: number): Promise<void> => {
    const missing = (vendor: string) =>
      offers.filter((offer) => offer.info.vendor === vendor).map((offer) => offer.chat);
    take(number, await listed({ source, limitMs, log, missing, late: (chats) => take(number, chats) }));
  };
  // Changes come in bursts, each while the answer to the last is still on its way.
  const askAll = async (): Promise<void> => {
    try {
      while (order.asked < order.wanted) await ask((order.asked = order.wanted));
    } finally {
      asking = undefined;
    }
  };
  const refresh = (): Promise<void> => {
    order.wanted++;
    return (asking ??= askAll());
  };

  const listeners = [
    source.onDidChangeChatModels(() => void refresh()),
    source.onDidChangeAccess(() => void refresh()),
  ];
  void refresh();
  return {
    get offers() {
      return offers;
    },
    onDidChange: changed.event,
    ready,
    refresh,
    renewed: async () => {
      if (performance.now() - answeredAt >= freshMs) await Promise.race([refresh(), pause(brieflyMs)]);
    },
    dispose: () => {
      vscode.Disposable.from(...listeners, changed).dispose();
    },
  };
}

interface Listing {
  readonly source: ModelSource;
  readonly limitMs: number;
  readonly log: { warn(message: string): void };
  /** What a vendor offered before. */
  readonly missing: (vendor: string) => vscode.LanguageModelChat[];
  /** The answer to the whole question came after all. */
  readonly late: (chats: vscode.LanguageModelChat[]) => void;
}

/** Every vendor's models; of one whose provider does not answer in time, those it had. Never throws. */
async function listed(listing: Listing): Promise<vscode.LanguageModelChat[]> {
  const { source, limitMs, log, missing } = listing;
  try {
    return await inTime(source.selectChatModels({}), limitMs, listing.late);
  } catch (error) {
    log.warn(`The editor did not list its models (${said(error)}): each vendor is asked alone.`);
  }
  const vendors = declaredBy(source, log).filter((vendor) => vendor !== VENDOR);
  const lists = vendors.map(async (vendor) => {
    try {
      return await inTime(source.selectChatModels({ vendor }), limitMs);
    } catch (error) {
      log.warn(`${vendor} did not list its models: ${said(error)}`);
      return missing(vendor);
    }
  });
  return (await Promise.all(lists)).flat();
}

/** The vendors that extensions declare; none where a manifest is not as manifests are. */
function declaredBy(source: ModelSource, log: Listing["log"]): readonly string[] {
  try {
    return source.vendors();
  } catch (error) {
    log.warn(`The extensions' model providers could not be read: ${said(error)}`);
    return [];
  }
}

async function inTime<T>(
  work: PromiseLike<T>,
  limitMs: number,
  late: (result: T) => void = () => undefined,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      work.then(late, () => undefined);
      reject(new Error(`no answer within ${limitMs / 1000} s`));
    }, limitMs);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
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
