/** A catalog's text with one more model denied; everything else, comments too, stays. */
import { type Document, isMap, isSeq, parseDocument } from "yaml";

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
  deny(document, model);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function deny(document: Document.Parsed, model: string): void {
  const { contents } = document;
  if (contents !== null && !isMap(contents))
    throw new CatalogUnreadable("line 1: a catalog is a map of keys such as `deny`");
  const denied = document.get("deny", true);
  if (!isSeq(denied)) {
    // Absent, null or a single pattern.
    const before: unknown = document.get("deny");
    document.set("deny", typeof before === "string" ? [before, model] : [model]);
  } else if (!denied.items.some((item) => (item as { value?: unknown }).value === model)) denied.add(model);
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
