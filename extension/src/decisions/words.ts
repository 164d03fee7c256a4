/** A decision in words and small tables: for the tooltip, the chat and the menu. */
import type { DecisionRecord, RanModel } from "../contracts";
import type { ChosenModelInfo, DimensionValues, ModelVerdict, RouteResult } from "../wire/protocol";
import { strongest, verdictOf } from "./saving";

const DIMENSIONS: readonly (readonly [keyof DimensionValues, string])[] = [
  ["reasoning", "Reasoning"],
  ["code_gen", "Code generation"],
  ["debugging", "Debugging"],
  ["tool_use", "Tool use"],
];

const BAR = 10;

/** A bar of ten cells for a value in [0, 1]. */
export function bar(value: number): string {
  const full = Math.round(Math.min(Math.max(value, 0), 1) * BAR);
  return "█".repeat(full) + "░".repeat(BAR - full);
}

/** USD as a reader takes it in: 1.20 ¢, $0.35, 0. */
export function money(usd: number): string {
  if (usd === 0) return "0 ¢";
  const sign = usd < 0 ? "−" : "";
  const size = Math.abs(usd);
  if (size >= 0.1) return `${sign}$${size.toFixed(2)}`;
  const cents = size * 100;
  return `${sign}${cents >= 0.01 ? cents.toFixed(2) : cents.toPrecision(1)} ¢`;
}

/** The model that a decision stands for: the one that ran, else the one that was chosen. */
export function modelName(record: DecisionRecord): string | undefined {
  return record.ran?.name ?? record.route?.chosenModel.name;
}

/** A tier; null: the user has chosen none. */
export function tierWords(tier: string | null): string {
  return tier ?? "set by the catalog";
}

/** Something did not go as it should: no prediction, no router, or not the first choice. */
export function isFallback(record: DecisionRecord): boolean {
  return record.route?.fallback === true || record.unrouted !== null || record.attempts.length > 0;
}

/** Why it went to its model, one or two sentences. */
export function why(record: DecisionRecord): string {
  const { route, unrouted, attempts, ran } = record;
  const sentences: string[] = [];
  if (unrouted !== null) sentences.push(`Not routed: ${sentence(unrouted)}`);
  else if (route !== null) sentences.push(sentence(route.explanation.reason));
  else sentences.push("Being routed.");
  const failed = attempts.map(({ model, message }) => `${model.name} did not answer (${message})`);
  if (failed.length > 0) sentences.push(sentence(failed.join("; ") + (ran ? `; ${ran.name} did` : "")));
  return sentences.join(" ");
}

/** Cost against the strongest, one sentence; undefined where it is not known. */
export function savingWords({ saving, ran, route }: DecisionRecord): string | undefined {
  if (saving === null || ran === null || route === null) return undefined;
  if (saving.saved === 0) {
    // By its catalog id: several vendors may offer the strongest.
    const itself = verdictOf(route, ran)?.id === strongest(route.explanation.models)?.id;
    const words = itself ? "it is the strongest" : `it costs the same as ${saving.strongest}, the strongest`;
    return `${money(saving.cost)} expected; ${words}.`;
  }
  const share =
    saving.strongestCost > 0 ? ` (${Math.round((100 * saving.saved) / saving.strongestCost)} %)` : "";
  return `${money(saving.cost)} expected against ${money(saving.strongestCost)} on ${saving.strongest}: saves ${money(saving.saved)}${share}.`;
}

/** The saving as a footer has it: "saves 93 %"; undefined where there is none to tell. */
export function savingShare({ saving }: DecisionRecord): string | undefined {
  if (saving === null || saving.strongestCost <= 0 || saving.saved <= 0) return undefined;
  return `saves ${Math.round((100 * saving.saved) / saving.strongestCost)} %`;
}

/** Model, tier and saving in one line. */
export function footer(record: DecisionRecord): string {
  const parts = [modelName(record) ?? "no model", record.route?.tier, savingShare(record)];
  return parts.filter((part) => part !== undefined).join(" • ");
}

/** Markdown: the four scores as small bars; where something raised them, what was required as well. */
export function scoreTable(route: RouteResult): string {
  const { scores, explanation } = route;
  const raised = DIMENSIONS.some(([key]) => explanation.required[key] > scores[key] + 1e-6);
  const rows = DIMENSIONS.map(([key, name]) => {
    const required = raised ? ` ${explanation.required[key].toFixed(2)} |` : "";
    return `| ${name} | \`${bar(scores[key])}\` | ${scores[key].toFixed(2)} |${required}`;
  });
  const head = raised
    ? ["| | score | | required |", "|---|---|--:|--:|"]
    : ["| | score | |", "|---|---|--:|"];
  return [...head, ...rows].join("\n");
}

/** How the router's gate says that a model is in the catalog alone (`routing/gates.py`). */
const NOT_OFFERED = "not offered by the editor now";

/** How it says that a catalog denies a model. */
const DENIED = "denied by `deny`";

/** The models that the editor offers, of all that the catalog knows; their places stay the candidates'. */
export function offered(models: readonly ModelVerdict[]): ModelVerdict[] {
  return models.filter((model) => model.gate !== NOT_OFFERED);
}

/** Those that a catalog can still deny: also who may not answer just now, as after a failure or a refusal. */
export function deniable(models: readonly ModelVerdict[]): ModelVerdict[] {
  return offered(models).filter((model) => model.gate !== DENIED);
}

/** What the tier's threshold `tau` does: it accepts a shortfall, or below 0 asks for a surplus. */
export function asked(tau: number): string {
  return tau < 0
    ? `asks for ${(-tau * 100).toFixed(0)} % more than is required`
    : `accepts a shortfall of up to ${tau.toFixed(2)}`;
}

/** A model's shortfall, or after + the share of what is required that it has to spare. */
export function shortfall({ shortfall, surplus }: ModelVerdict): string {
  return shortfall > 0 || surplus === 0 ? shortfall.toFixed(2) : `+${(surplus * 100).toFixed(0)} %`;
}

/** Markdown: shortfall and cost of each offered model, the first `most` of them. */
export function modelTable(route: RouteResult, ran: RanModel | null, most = 8): string {
  const models = offered(route.explanation.models);
  const rows = models
    .slice(0, most)
    .map((model, place) => modelRow(model, isSame(route.candidates[place], ran)));
  const rest = models.length > most ? [`| *${models.length - most} more* | | | |`] : [];
  return ["| model | shortfall | cost | |", "|---|--:|--:|---|", ...rows, ...rest].join("\n");
}

/** The catalog layers that decided and the catalog's version. */
export function catalogWords(route: RouteResult): string {
  const layers = [...new Set(route.explanation.decidedBy.map(({ origin }) => origin.layer))];
  const from = layers.length > 0 ? `layers ${layers.join(", ")}` : "default";
  return `Catalog: ${from}; version ${route.catalogVersion}`;
}

/** Text as Markdown that says it literally: names and messages come from catalogs and providers. */
export function literal(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#+!|~$&]/g, "\\$&").replace(/\s+/g, " ");
}

function modelRow(model: ModelVerdict, ran: boolean): string {
  const name = ran ? `**${literal(model.name)}**` : literal(model.name);
  const note = model.eligible
    ? model.dominatedBy === null
      ? ""
      : `no better than ${literal(model.dominatedBy)}`
    : literal(model.gate ?? "not eligible");
  return `| ${name} | ${shortfall(model)} | ${money(model.cost)} | ${note} |`;
}

/** Whether that candidate is the other model, of the same vendor: several may offer one of the catalog. */
export function isSame(
  candidate: ChosenModelInfo | undefined,
  other: RanModel | ChosenModelInfo | null,
): boolean {
  if (candidate === undefined || other === null) return false;
  return candidate.vendor === other.vendor && candidate.editorId === other.editorId;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
