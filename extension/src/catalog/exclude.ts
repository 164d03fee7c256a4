/** A catalog's text with one more model denied; everything else, comments too, stays. */
import { type Document, isMap, isSeq, parseDocument, type YAMLSeq } from "yaml";

const HEADER = `# The models of this workspace: on top of your own settings and the default catalog.
# Keys: deny, allow, defaultTier, tiers, weights, rules, models. Completion and checks come with hydra-auto.
`;

/** The text cannot be changed by a program; `message` is one sentence for the user. */
export class CatalogUnreadable extends Error {}

/**
 * @param text the file's present text; empty or undefined: there is none yet.
 * @throws CatalogUnreadable where `text` is no catalog.
 */
export function excluding(text: string | undefined, model: string): string {
  if (text === undefined || text.trim() === "") return `${HEADER}deny:\n  - ${JSON.stringify(model)}\n`;
  const document = parseDocument(text);
  const problem = document.errors[0];
  if (problem !== undefined)
    throw new CatalogUnreadable(`line ${problem.linePos?.[0].line ?? 1}: ${firstLine(problem.message)}`);
  const denied = listed(document);
  if (denied?.items.some((item) => (item as { value?: unknown }).value === model)) return text;
  const spliced = denied === undefined ? appended(text, document, model) : inserted(text, denied, model);
  return says(spliced, document, model) ? spliced : rewritten(document, model);
}

function listed(document: Document.Parsed): YAMLSeq | undefined {
  const { contents } = document;
  if (contents !== null && !isMap(contents))
    throw new CatalogUnreadable("line 1: a catalog is a map of keys such as `deny`");
  const node = document.get("deny", true);
  return isSeq(node) ? node : undefined;
}

/** The list with one more element, in its own style: `[a, b]` or a line each. */
function inserted(text: string, list: YAMLSeq, model: string): string {
  const end = list.range?.[1] ?? text.length;
  if (list.flow) {
    const before = text.slice(0, end - 1).trimEnd();
    const comma = list.items.length === 0 || before.endsWith(",") ? "" : ", ";
    return `${before}${comma}${JSON.stringify(model)}${text.slice(end - 1)}`;
  }
  const last = list.items.at(-1) as { range?: readonly number[] | null } | undefined;
  const at = last?.range?.[1] ?? end;
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  const next = text.indexOf("\n", at);
  const [head, tail] = next < 0 ? [`${text}\n`, ""] : [text.slice(0, next + 1), text.slice(next + 1)];
  return `${head}${/^\s*/.exec(line)?.[0] ?? ""}- ${JSON.stringify(model)}\n${tail}`;
}

/** The key at the end, where there is none. */
function appended(text: string, document: Document.Parsed, model: string): string {
  if (document.has("deny")) return text;
  return `${text}${text.endsWith("\n") ? "" : "\n"}deny:\n  - ${JSON.stringify(model)}\n`;
}

/** Whether `text` is the catalog of `before` with just this model denied besides. */
function says(text: string, before: Document.Parsed, model: string): boolean {
  const after = parseDocument(text);
  if (after.errors.length > 0) return false;
  const wanted = before.clone() as Document.Parsed;
  deny(wanted, model);
  return JSON.stringify(after.toJS()) === JSON.stringify(wanted.toJS());
}

/** For what no splice fits: comments stay, spaces may not. */
function rewritten(document: Document.Parsed, model: string): string {
  deny(document, model);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function deny(document: Document.Parsed, model: string): void {
  const denied = document.get("deny", true);
  if (isSeq(denied)) denied.add(model);
  else {
    const before: unknown = document.get("deny"); // absent, null or a single pattern
    document.set("deny", typeof before === "string" ? [before, model] : [model]);
  }
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
