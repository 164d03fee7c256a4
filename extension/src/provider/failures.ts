/** Why a model did not answer, told apart. */
import type { Failure } from "../wire/protocol";

export interface ModelFailure {
  readonly kind: Failure;
  /** The user, or the user's organisation, has not let us use the vendor's models. */
  readonly consentRefused: boolean;
  /** One line, without a stack. */
  readonly message: string;
}

/** What a provider's error text tells where its code tells nothing; the first that fits. */
const SIGNS: readonly (readonly [RegExp, Failure])[] = [
  [/insufficient[ _]quota|quota|billing|out of credits?|payment required|\b402\b/i, "quota"],
  [/rate.?limit|too many requests|overloaded|\b429\b|\b529\b/i, "rateLimited"],
  [/timed? ?out|ETIMEDOUT|deadline exceeded|\b504\b/i, "timeout"],
  [/model.{0,80}(?:not found|does not exist|unknown)|\b404\b/i, "notFound"],
  [/api key|unauthori[sz]ed|forbidden|content.?filter|\b40[13]\b/i, "blocked"],
];

const CODES: Readonly<Record<string, Failure>> = {
  NoPermissions: "noPermissions",
  Blocked: "blocked",
  NotFound: "notFound",
};

export function failureOf(error: unknown): ModelFailure {
  const message = lineOf(error);
  const code = CODES[codeOf(error)];
  if (code === "noPermissions") return { kind: code, consentRefused: true, message };
  // `Blocked` is also what the API documents for a quota that is used up.
  const sign = SIGNS.find(([pattern]) => pattern.test(textOf(error)))?.[1];
  const kind =
    code === "blocked" && (sign === "quota" || sign === "rateLimited") ? sign : (code ?? sign ?? "other");
  return { kind, consentRefused: false, message };
}

/** An error that the chat prints as its message alone: it prints the stack of every other. */
export function cleanError(message: string): Error {
  const error = new Error(message);
  error.stack = "";
  return error;
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "";
}

function lineOf(error: unknown): string {
  const line = messageOf(error).split("\n", 1)[0]?.trim() ?? "";
  return (line || "it gave no reason").slice(0, 300);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : typeof error === "string" ? error : "";
}

function textOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return `${codeOf(error)} ${messageOf(error)} ${messageOf(cause)}`;
}
