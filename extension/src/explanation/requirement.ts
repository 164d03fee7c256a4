/** What the request requires, and what was matched in the end. */
import type { DimensionValues, RouteResult } from "../wire/protocol";
import { scoreBar } from "./bars";
import { DIMENSIONS, score } from "./figures";
import { type Html, html } from "./html";
import { table } from "./table";

export function requirementSection({ scores, fallback, explanation }: RouteResult): Html {
  const { required, mode, floor, anchor, drift } = explanation;
  const columns: readonly { readonly name: string; readonly values: DimensionValues | null }[] = [
    { name: "Predicted", values: fallback ? null : scores },
    { name: "Context floor", values: floor },
    { name: "Conversation’s anchor", values: anchor },
  ];
  const present = columns.flatMap(({ name, values }) => (values === null ? [] : [{ name, values }]));
  return html`<section aria-labelledby="requirement">
    <h2 id="requirement">What the request requires</h2>
    ${table(
      "From 0 (not needed) to 1 (even the strongest often fail). What was matched is the largest of each row.",
      ["Dimension", ...present.map(({ name }) => name), "Matched"],
      DIMENSIONS.map(
        ({ key, name }) =>
          html`<tr>
            <th scope="row">${name}</th>
            ${present.map(({ values }) => html`<td class="figure">${score(values[key])}</td>`)}
            <td>${scoreBar(required[key])} <span class="figure">${score(required[key])}</span></td>
          </tr>`,
      ),
    )}
    ${mode === null || fallback ? null : html`<p>Predicted for a request in the chat mode “${mode}”.</p>`}
    ${floor && html`<p>The message is short and leans on its context, so the context floor applies.</p>`}
    ${conversation(anchor, drift)}
  </section>`;
}

function conversation(anchor: DimensionValues | null, drift: number | null): Html {
  if (anchor === null || drift === null)
    return html`<p>No earlier turn of the conversation counted, so there is nothing to drift from.</p>`;
  return html`<p>
    Drift: the request rose ${score(drift)} sigmas above the conversation’s anchor, which is what the
    conversation’s model was last chosen for.
  </p>`;
}
