/** Markup that is safe by construction: what is inserted is escaped, unless it is markup itself. */
export class Html {
  constructor(readonly source: string) {}
}

export type Insert = Html | readonly Insert[] | string | number | null | undefined;

/** Markup with its inserts escaped; lists are joined; null and undefined insert nothing. */
export function html(pieces: TemplateStringsArray, ...inserts: Insert[]): Html {
  const parts = pieces.map((piece, i) => piece + (i < inserts.length ? rendered(inserts[i]) : ""));
  return new Html(parts.join(""));
}

function rendered(insert: Insert): string {
  if (insert === null || insert === undefined) return "";
  if (insert instanceof Html) return insert.source;
  if (typeof insert === "object") return insert.map(rendered).join("");
  return escaped(String(insert));
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text for an element's content or a quoted attribute. Direction overrides are made visible, for a model's
 * name must not turn the text around it. */
function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}
