/** Where the values that decided are written. */
import { isAbsolute } from "node:path";
import type { OriginInfo, RouteResult, RuleInfo } from "../wire/protocol";
import { type Html, html } from "./html";
import { table } from "./table";

export function originSection({ explanation, folder }: RouteResult): Html {
  const { decidedBy, rules } = explanation;
  const place = folder === null ? null : html`<p>The catalog of the folder ${folder} decided.</p>`;
  return html`<section aria-labelledby="origins">
    <h2 id="origins">Where this is written</h2>
    ${place}
    ${
      decidedBy.length === 0
        ? html`<p>No value of a catalog was decisive.</p>`
        : table(
            "The catalog’s values that decided",
            ["Value", "Is", "Written in"],
            decidedBy.map(
              ({ key, value, origin }) =>
                html`<tr>
                  <th scope="row"><code>${key}</code></th>
                  <td>${shown(value)}</td>
                  <td>${originButton(origin)}</td>
                </tr>`,
            ),
          )
    }
    ${
      rules.length === 0
        ? html`<p>No rule fired.</p>`
        : html`<ul>
            ${rules.map((rule) => html`<li>${fired(rule)} ${originButton(rule.origin)}</li>`)}
          </ul>`
    }
  </section>`;
}

/** A button that opens the place where a value is written; mere text where that is a setting; nothing where
 * it is not known. */
export function originButton(origin: OriginInfo | null | undefined): Html | null {
  if (!origin) return null;
  const { layer, file, line } = origin;
  if (!isAbsolute(file)) return html`${layer}: ${file}`;
  return html`<button
    type="button"
    class="link"
    data-open="${file}"
    data-line="${line}"
    title="${file}:${line}"
  >
    ${layer}, line ${line}
  </button>`;
}

function fired({ name, model, tier, effort }: RuleInfo): string {
  const asked = Object.entries({ model, tier, effort }).flatMap(([what, value]) =>
    value === null ? [] : `${what} ${value}`,
  );
  return `Rule “${name}” fired: ${asked.join(", ")}.`;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(shown).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
