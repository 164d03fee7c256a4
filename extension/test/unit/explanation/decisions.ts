// Decisions to render: the wire's shapes with plausible figures.
import type { DecisionRecord } from "../../../src/contracts";
import type { DimensionValues, ModelVerdict, RouteResult } from "../../../src/wire/protocol";

export function values(
  reasoning: number,
  code_gen: number,
  debugging: number,
  tool_use: number,
): DimensionValues {
  return { reasoning, code_gen, debugging, tool_use };
}

export function verdict(id: string, change: Partial<ModelVerdict> = {}): ModelVerdict {
  return {
    id,
    name: `Model ${id}`,
    capability: values(0.5, 0.5, 0.5, 0.5),
    deficit: values(0, 0, 0, 0),
    shortfall: 0,
    surplus: 0,
    cost: 0.001,
    eligible: true,
    gate: null,
    dominatedBy: null,
    estimatedFrom: null,
    estimated: [],
    ...change,
  };
}

export function route(models: readonly ModelVerdict[], change: Partial<RouteResult> = {}): RouteResult {
  const candidates = models
    .filter(({ eligible }) => eligible)
    .map(({ id, name }) => ({ id, name, vendor: "tests", editorId: id }));
  const [chosenModel] = candidates;
  if (chosenModel === undefined) throw new Error("a route needs an eligible model");
  return {
    decisionId: "d1",
    chosenModel,
    candidates,
    scores: values(0.3, 0.4, 0.1, 0.2),
    shortfall: 0,
    confidence: 0.4,
    bucket: "medium",
    tier: "balance",
    sticky: false,
    fallback: false,
    fallbackReason: null,
    catalogVersion: "c1",
    folder: null,
    effort: null,
    latencyMs: { predict: 8.25, total: 9 },
    explanation: {
      reason: `${chosenModel.name} is the only model that may answer`,
      required: values(0.3, 0.4, 0.1, 0.2),
      mode: null,
      floor: null,
      anchor: null,
      drift: null,
      tau: 0.15,
      models: [...models],
      decidedBy: [],
      rules: [],
    },
    warnings: [],
    ...change,
  };
}

export function decision(change: Partial<DecisionRecord> = {}): DecisionRecord {
  const reply = change.route === undefined ? route([verdict("cheap"), verdict("strong")]) : change.route;
  const chosen = reply?.chosenModel;
  return {
    key: "k1",
    at: Date.UTC(2026, 10, 26, 12, 0, 0),
    conversationId: "talk",
    label: "rename x to y",
    phase: "done",
    route: reply,
    unrouted: null,
    routingMs: 12,
    ran: chosen ? { vendor: "tests", editorId: chosen.id, name: chosen.name, catalogId: chosen.id } : null,
    attempts: [],
    saving: { cost: 0.0004, strongest: "Model strong", strongestCost: 0.04, saved: 0.0396 },
    error: null,
    ...change,
  };
}
