/** The models that could answer, in the order to be tried, each against the requirement; and those that
 * could not, by the gate that stopped them. */
import type { DecisionRecord } from "../contracts";
import { asked, isSame, shortfall } from "../decisions/words";
import type { DimensionValues, ModelVerdict, OriginInfo, RouteResult } from "../wire/protocol";
import { capabilityBar } from "./bars";
import { DIMENSIONS, dollars, score } from "./figures";
import { type Html, html } from "./html";
import { originButton } from "./origin";
import { table, wideTable } from "./table";

/** So many candidates are shown at once; the rest can be unfolded. */
const SHOWN = 8;

export type Origins = ReadonlyMap<string, OriginInfo>;

export function candidatesSection(route: RouteResult, ran: DecisionRecord["ran"], origins: Origins): Html {
  const eligible = route.explanation.models.filter((model) => model.eligible);
  const rows = eligible.map((model, i) => candidate(model, i, route, ran, origins));
  const rest = rows.slice(SHOWN);
  return html`<section aria-labelledby="candidates">
    <h2 id="candidates">Candidates</h2>
    <p>
      Each bar is what the model is capable of; the upright mark is what is required. A hatched stretch is
      what is missing. The shortfall weighs what is missing over all dimensions; what a model without one has
      to spare, as a share of what is required, is shown as +. The tier ${asked(route.explanation.tau)}; the
      cheapest model that this leaves is taken.
    </p>
    ${candidateTable("Candidates in the order to be tried", rows.slice(0, SHOWN))}
    ${
      rest.length > 0
        ? html`<details id="more-candidates">
            <summary>${rest.length} more candidates</summary>
            ${candidateTable("Further candidates", rest)}
          </details>`
        : null
    }
  </section>`;
}

/** Gates passed and failed. */
export function gatesSection({ explanation }: RouteResult): Html {
  const passed = explanation.models.filter((model) => model.eligible);
  const stopped = byGate(explanation.models.filter((model) => !model.eligible));
  return html`<section aria-labelledby="gates">
    <h2 id="gates">Gates</h2>
    <p>${count(passed.length)} passed every gate: ${names(passed)}.</p>
    ${
      stopped.size === 0
        ? html`<p>No model was stopped by a gate.</p>`
        : table(
            "Models that may not answer this request",
            ["Stopped because", "Models"],
            [...stopped].map(
              ([gate, models]) =>
                html`<tr>
                  <th scope="row">✕ ${gate}</th>
                  <td>${names(models)}</td>
                </tr>`,
            ),
          )
    }
  </section>`;
}

function candidateTable(caption: string, rows: readonly Html[]): Html {
  const dimensions = DIMENSIONS.map(({ name }) => name);
  return wideTable(
    caption,
    caption,
    ["Model", ...dimensions, "Shortfall", "Cost", "Remark", "Written in"],
    rows,
  );
}

function candidate(
  model: ModelVerdict,
  index: number,
  { chosenModel, candidates, explanation }: RouteResult,
  ran: DecisionRecord["ran"],
  origins: Origins,
): Html {
  // The eligible verdicts stand in the candidates' order.
  const answered = isSame(candidates[index], ran);
  const chosen = isSame(candidates[index], chosenModel);
  return html`<tr class="${answered ? "answered" : ""}">
    <th scope="row">${model.name}</th>
    ${DIMENSIONS.map(({ key }) => dimension(model, key, explanation.required))}
    <td class="figure">${shortfall(model)}</td>
    <td class="figure">${dollars(model.cost)}</td>
    <td>${remark(model, index, chosen, answered)}</td>
    <td>${originButton(origins.get(model.id))}</td>
  </tr>`;
}

function dimension(model: ModelVerdict, key: keyof DimensionValues, required: DimensionValues): Html {
  const [capability, lack] = [model.capability[key], model.deficit[key]];
  const estimated = model.estimated.includes(key) ? "~" : "";
  const missing = lack > 0 ? ` (−${score(lack)})` : "";
  return html`<td>
    ${capabilityBar(capability, required[key])}
    <span class="figure">${estimated}${score(capability)}${missing}</span>
  </td>`;
}

function remark(model: ModelVerdict, index: number, chosen: boolean, answered: boolean): string {
  if (chosen) return answered ? "✓ chosen, and answered" : "✓ chosen";
  if (answered) return "✓ answered";
  if (model.dominatedBy !== null) return `dominated by ${model.dominatedBy}`;
  return index === 1 ? "next to be tried" : "";
}

function byGate(models: readonly ModelVerdict[]): Map<string, ModelVerdict[]> {
  const groups = new Map<string, ModelVerdict[]>();
  for (const model of models) {
    const gate = model.gate ?? "no reason given";
    groups.set(gate, [...(groups.get(gate) ?? []), model]);
  }
  return groups;
}

function names(models: readonly ModelVerdict[]): string {
  return models.length === 0 ? "none" : models.map(({ name }) => name).join(", ");
}

function count(models: number): string {
  return models === 1 ? "1 model" : `${models} models`;
}
