/** A table as screen readers want it: a caption, and a scope for every heading. */
import { type Html, type Insert, html } from "./html";

export function table(caption: Insert, columns: readonly string[], rows: readonly Html[]): Html {
  return html`<table>
    <caption>
      ${caption}
    </caption>
    <thead>
      <tr>
        ${columns.map((name) => html`<th scope="col">${name}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

/** A table that may be wider than the view: it scrolls on its own, with the keyboard too. */
export function wideTable(
  label: string,
  caption: Insert,
  columns: readonly string[],
  rows: readonly Html[],
): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">
    ${table(caption, columns, rows)}
  </div>`;
}
