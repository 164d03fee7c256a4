/** What `@auto /explain` and `@auto /models` say, as Markdown. */
import type { DecisionRecord } from "../contracts";
import {
  asked,
  literal,
  modelName,
  modelTable,
  money,
  offered,
  savingWords,
  scoreTable,
  why,
} from "../decisions/words";
import { CATALOG, TIERS } from "../status/menu";
import type { ModelVerdict, TierName } from "../wire/protocol";

export function explanation(record: DecisionRecord): string {
  const { route } = record;
  const head = `**${literal(modelName(record) ?? "No model")}** for “${literal(record.label)}”. ${literal(why(record))}`;
  if (route === null) return head;
  const { mode, floor, anchor, drift, tau, rules } = route.explanation;
  const notes = [
    mode === null || route.fallback
      ? undefined
      : `Predicted for a request in the chat mode “${literal(mode)}”.`,
    floor === null
      ? undefined
      : "A context floor counted: the message is short and works on attached context or in agent mode.",
    anchor === null || drift === null
      ? undefined
      : `The conversation's anchor counted; this turn rose ${drift.toFixed(2)} σ above it.`,
    rules.length === 0
      ? undefined
      : `Rules that fired: ${rules.map((rule) => literal(rule.name)).join(", ")}.`,
    `The tier ${literal(route.tier)} ${asked(tau)}.`,
    savingWords(record),
    ...route.warnings.map((warning) => `⚠ ${literal(warning)}`),
  ];
  const list = notes.filter((note) => note !== undefined).map((note) => `- ${note}`);
  return [head, scoreTable(route), modelTable(route, record.ran), list.join("\n")].join("\n\n");
}

export function poolTable(verdicts: readonly ModelVerdict[]): string {
  const models = offered(verdicts);
  if (models.length === 0)
    return "No provider offers a model now. Add one with **Chat: Manage Language Models**.";
  const rows = models.map(({ name, id, capability: c, cost, eligible, gate, estimated }) => {
    const capability = [c.reasoning, c.code_gen, c.debugging, c.tool_use]
      .map((v) => v.toFixed(2))
      .join(" / ");
    const state = eligible ? "can answer" : literal(gate ?? "cannot answer");
    const guess = estimated.length > 0 ? " *(estimated)*" : "";
    return `| ${literal(name)} | ${literal(id)} | ${capability}${guess} | ${money(cost)} | ${state} |`;
  });
  const head = "| model | catalog id | reasoning / code / debugging / tools | a short request | |";
  return [head, "|---|---|---|--:|---|", ...rows].join("\n");
}

/** The tiers as an answer to `/tier asked`; `now` is the user's own, `last` that of the last decision. */
export function tierList(asked: string, now: TierName | null, last: string | undefined): string {
  const lines = TIERS.map(([tier, words]) => {
    const name = tier ?? CATALOG;
    const effect = tier === null && last !== undefined ? `; ${literal(last)} in the last request` : "";
    return `- ${tier === now ? `**${name}** (now${effect})` : name}: ${words}`;
  });
  const unknown = asked === "" ? "" : "There is no such tier. ";
  return `${unknown}Set it with \`/tier balance\`.\n\n${lines.join("\n")}`;
}
