/** What a decision saves: the expected cost of its model against always taking the strongest. */
import type { RanModel, Saving } from "../contracts";
import type { DimensionValues, ModelVerdict, RouteResult } from "../wire/protocol";

/** As the server's decision log counts it; null where the model that ran has no verdict. */
export function savingOf(route: RouteResult, ran: RanModel): Saving | null {
  const cost = verdictOf(route, ran)?.cost;
  const best = strongest(route.explanation.models);
  if (cost === undefined || best === undefined) return null;
  return { cost, strongest: best.name, strongestCost: best.cost, saved: best.cost - cost };
}

/** The verdict of the model that ran: the eligible verdicts stand in the candidates' order. */
export function verdictOf(route: RouteResult, ran: RanModel): ModelVerdict | undefined {
  const place = route.candidates.findIndex(
    (candidate) => candidate.vendor === ran.vendor && candidate.editorId === ran.editorId,
  );
  const verdict = route.explanation.models[place];
  return verdict?.eligible === true ? verdict : undefined;
}

/** The eligible model that is most capable on the whole, the cheapest of them. */
export function strongest(models: readonly ModelVerdict[]): ModelVerdict | undefined {
  return models
    .filter((model) => model.eligible)
    .reduce<ModelVerdict | undefined>((best, model) => {
      if (best === undefined) return model;
      const more = total(model.capability) - total(best.capability);
      return more > 0 || (more === 0 && model.cost < best.cost) ? model : best;
    }, undefined);
}

function total(values: DimensionValues): number {
  return values.reasoning + values.code_gen + values.debugging + values.tool_use;
}
