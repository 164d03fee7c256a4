import type { OriginInfo } from "../wire/protocol";
import { type Html, html } from "./html";

/** A button that opens the place where a value is written; nothing where that is not known. */
export function originButton(origin: OriginInfo | undefined): Html | null {
  if (origin === undefined) return null;
  const place = `${origin.layer}, line ${origin.line}`;
  return html`<button
    type="button"
    class="link"
    data-open="${origin.file}"
    data-line="${origin.line}"
    title="${origin.file}:${origin.line}"
  >
    ${place}
  </button>`;
}
