/** The status bar's tooltip, as Markdown. */
import type { DecisionStore, ServerState } from "../contracts";
import type { TierName } from "../wire/protocol";
import {
  catalogWords,
  literal,
  modelName,
  modelTable,
  money,
  savingWords,
  scoreTable,
  tierWords,
  why,
} from "../decisions/words";

export function tooltip(decisions: DecisionStore, tier: TierName | null, server: ServerState): string {
  const record = decisions.last;
  const notes: (string | undefined)[] =
    server.phase === "failed"
      ? [`$(warning) ${literal(server.reason ?? "The routing server is down.")}`]
      : [];
  if (record === undefined) {
    notes.unshift(`**Auto mode**, tier ${tierWords(tier)}. Nothing has been routed in this window yet.`);
    return paragraphs([...notes, "[Menu](command:hydraAuto.menu)"]);
  }
  const { route } = record;
  notes.unshift(
    `**${literal(modelName(record) ?? "No model")}** · ${tierWords(route?.tier ?? tier)}`,
    literal(why(record)),
  );
  if (record.error !== null) notes.push(`$(error) ${literal(record.error)}`);
  if (route !== null) {
    notes.push(scoreTable(route), modelTable(route, record.ran));
    notes.push(savingWords(record), ...route.warnings.map((warning) => `$(warning) ${literal(warning)}`));
    notes.push(`${literal(catalogWords(route))}. Routed in ${Math.round(record.routingMs ?? 0)} ms.`);
  }
  if (decisions.savedUsd > 0) notes.push(`Saved in this window: ${money(decisions.savedUsd)}.`);
  return paragraphs([...notes, "[Explain](command:hydraAuto.explain) · [Menu](command:hydraAuto.menu)"]);
}

function paragraphs(texts: readonly (string | undefined)[]): string {
  return texts.filter((text) => text !== undefined).join("\n\n");
}
