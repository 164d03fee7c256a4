/** The last decisions of this window and what they saved. */
import type { DecisionRecord } from "../contracts";
import { dollars } from "./figures";
import { type Html, html } from "./html";

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
    <div class="scroll" role="region" aria-label="Table of the last decisions" tabindex="0">
      <table>
        <caption>
          ${history.length === 1 ? "One decision" : `The last ${history.length} decisions, newest first`}
        </caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Request</th>
            <th scope="col">Answered by</th>
            <th scope="col">Tier</th>
            <th scope="col">Saved</th>
            <th scope="col">Remark</th>
          </tr>
        </thead>
        <tbody>
          ${history.map((decision) => row(decision, decision.key === shown?.key))}
        </tbody>
      </table>
    </div>
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
