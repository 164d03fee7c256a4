/** The last decisions of this window and what they saved. */
import type { DecisionRecord } from "../contracts";
import { dollars } from "./figures";
import { type Html, html } from "./html";
import { wideTable } from "./table";

export function historySection(
  history: readonly DecisionRecord[],
  shown: DecisionRecord | undefined,
  savedUsd: number,
): Html {
  return html`<section aria-labelledby="history">
    <h2 id="history">Last decisions</h2>
    <p>
      ${savedUsd < 0 ? "Spent more" : "Saved"} in this window, against the strongest model every time:
      <strong>${dollars(Math.abs(savedUsd))}</strong> (expected costs).
    </p>
    ${wideTable(
      "Table of the last decisions",
      history.length === 1 ? "One decision" : `The last ${history.length} decisions, newest first`,
      ["Time", "Request", "Answered by", "Tier", "Saved", "Remark"],
      history.map((decision) => row(decision, decision.key === shown?.key)),
    )}
  </section>`;
}

function row(decision: DecisionRecord, current: boolean): Html {
  const { key, at, label, ran, route, saving } = decision;
  return html`<tr class="${current ? "current" : ""}">
    <td class="figure">${time(at)}</td>
    <th scope="row">
      <button
        type="button"
        class="link"
        id="decision-${key}"
        data-show="${key}"
        aria-current="${current ? "true" : "false"}"
      >
        ${current ? "▸ " : null}${label === "" ? "(no text)" : label}
      </button>
    </th>
    <td>${ran?.name ?? "nobody"}</td>
    <td>${route?.tier}</td>
    <td class="figure">${saving && dollars(saving.saved)}</td>
    <td>${remarks(decision).join(", ")}</td>
  </tr>`;
}

function remarks({ route, attempts, phase, unrouted }: DecisionRecord): string[] {
  const found: string[] = [];
  if (phase !== "done") found.push(phase);
  if (unrouted !== null) found.push("not routed");
  if (route?.fallback === true) found.push("fallback");
  if (route?.sticky === true) found.push("stayed with its model");
  if (attempts.length > 0) found.push(`${attempts.map(({ model }) => model.name).join(", ")} failed`);
  return found;
}

function time(at: number): string {
  return new Date(at).toLocaleTimeString("en-GB");
}
