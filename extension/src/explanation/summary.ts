/** The head of the page: what was chosen, why, and what that cost. */
import type { DecisionRecord, RanModel } from "../contracts";
import { asked, isSame } from "../decisions/words";
import type { ChosenModelInfo } from "../wire/protocol";
import { dollars, milliseconds, percent, score } from "./figures";
import { type Html, html } from "./html";

const PHASES: Readonly<Record<DecisionRecord["phase"], string>> = {
  routing: "being routed",
  routed: "routed, not yet answering",
  answering: "answering",
  done: "answered",
  cancelled: "cancelled",
  failed: "failed",
};

export function summarySection(decision: DecisionRecord): Html {
  return html`<section aria-labelledby="title">
    <h1 id="title">${title(decision)}</h1>
    <p class="reason">${reason(decision)}</p>
    ${notices(decision)} ${facts(decision)}
  </section>`;
}

/** The page's title, which is also announced to screen readers. */
export function title(decision: DecisionRecord): string {
  const name = decision.ran?.name ?? decision.route?.chosenModel.name;
  if (name === undefined) return decision.phase === "routing" ? "Choosing a model …" : "No model was chosen";
  return `Why ${name}`;
}

function reason({ route, unrouted }: DecisionRecord): string {
  if (route !== null) return sentence(route.explanation.reason);
  return unrouted === null ? "The router has not answered yet." : `Not routed: ${sentence(unrouted)}`;
}

function notices(decision: DecisionRecord): Html | null {
  const { route, ran, attempts, error } = decision;
  const chosen = route?.chosenModel;
  const texts: string[] = [];
  if (error !== null) texts.push(`Failed: ${error}`);
  if (route?.fallback === true)
    texts.push(
      `Fallback: this was decided without a prediction (${route.fallbackReason ?? "no reason given"}).`,
    );
  if (ran !== null && chosen !== undefined && !isSame(chosen, ran)) {
    const named = (model: RanModel | ChosenModelInfo): string =>
      ran.name === chosen.name ? `${model.name} of ${model.vendor ?? "?"}` : model.name;
    texts.push(`${named(chosen)} was chosen, but ${named(ran)} answered.`);
  }
  for (const attempt of attempts)
    texts.push(`${attempt.model.name} did not answer (${attempt.failure}): ${attempt.message}`);
  for (const warning of route?.warnings ?? []) texts.push(`Warning: ${warning}`);
  if (texts.length === 0) return null;
  return html`<ul class="notices">
    ${texts.map((text) => html`<li>${sentence(text)}</li>`)}
  </ul>`;
}

function facts(decision: DecisionRecord): Html {
  const { route, saving, routingMs } = decision;
  return html`<dl class="facts">
    ${fact("State", PHASES[decision.phase])} ${fact("Request", decision.label)}
    ${route && fact("Tier", `${route.tier}, ${asked(route.explanation.tau)}`)}
    ${route?.fallback === false ? fact("Confidence", `${score(route.confidence)} (${route.bucket})`) : null}
    ${route?.effort ? fact("Reasoning effort", route.effort) : null}
    ${saving && fact("Expected cost", cost(saving))}
    ${routingMs !== null ? fact("Routing took", milliseconds(routingMs)) : null}
    ${route && fact("Prediction alone", milliseconds(route.latencyMs.predict))}
    ${route && fact("Catalog", `version ${route.catalogVersion}`)}
  </dl>`;
}

function cost({ cost, strongest, strongestCost, saved }: NonNullable<DecisionRecord["saving"]>): string {
  const against = `${dollars(strongestCost)} with ${strongest}, the strongest`;
  if (saved === 0 || strongestCost <= 0) return `${dollars(cost)}; ${against}`;
  const share = percent(Math.abs(saved) / strongestCost);
  return `${dollars(cost)}; ${against}: ${dollars(Math.abs(saved))} (${share}) ${saved > 0 ? "saved" : "more"}`;
}

function fact(term: string, value: string): Html {
  return html`<div>
    <dt>${term}</dt>
    <dd>${value}</dd>
  </div>`;
}

/** Beginning with a capital, ending with a full stop; model names that begin a sentence stay as they are. */
function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
