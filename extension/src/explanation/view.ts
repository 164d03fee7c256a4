import type { DecisionRecord } from "../contracts";
import type { OriginInfo } from "../wire/protocol";

/** Everything that the page shows. */
export interface ExplanationView {
  /** The decision that is explained; undefined: there is none yet. */
  readonly shown: DecisionRecord | undefined;
  /** Newest first. */
  readonly history: readonly DecisionRecord[];
  /** USD saved in this window, against the strongest model every time. */
  readonly savedUsd: number;
  /** Where the models' catalog entries are written, by catalog id. */
  readonly origins: ReadonlyMap<string, OriginInfo>;
}

/** What the page may ask of the extension. */
export type PageRequest =
  /** The page has loaded, perhaps anew after it was hidden, and wants the present content. */
  | { readonly kind: "ready" }
  | { readonly kind: "show"; readonly key: string }
  | { readonly kind: "open"; readonly file: string; readonly line: number };

/** What the extension tells the page: its new content, and a sentence for screen readers. */
export interface PageUpdate {
  readonly content: string;
  readonly announcement: string;
}

/** A message of the page as a request, or undefined: the page is not trusted to send anything else. */
export function readRequest(message: unknown): PageRequest | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const { kind, key, file, line } = message as Record<string, unknown>;
  if (kind === "ready") return { kind };
  if (kind === "show" && typeof key === "string") return { kind, key };
  if (
    kind === "open" &&
    typeof file === "string" &&
    typeof line === "number" &&
    Number.isSafeInteger(line) &&
    line > 0
  )
    return { kind, file, line };
  return undefined;
}
