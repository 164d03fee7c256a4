import { describe, expect, it } from "vitest";
import type { DecisionRecord } from "../../../src/contracts";
import { createDecisions } from "../../../src/decisions/store";
import {
  bar,
  deniable,
  footer,
  isFallback,
  literal,
  modelTable,
  money,
  savingWords,
  scoreTable,
  why,
} from "../../../src/decisions/words";
import { explanation, poolTable, tierList } from "../../../src/chat/pages";
import { shownFor } from "../../../src/status/bar";
import { tooltip } from "../../../src/status/tooltip";
import { fails, fakeModel, world } from "../fakes/chat";

async function decided(): Promise<DecisionRecord> {
  const record = await world([fakeModel("cheap"), fakeModel("dear")]).ask("Why? | <b>");
  if (record === undefined) throw new Error("no record");
  return record;
}

describe("words", () => {
  it("bars have ten cells", () => {
    expect([bar(0), bar(0.34), bar(1), bar(7)]).toEqual([
      "░░░░░░░░░░",
      "███░░░░░░░",
      "██████████",
      "██████████",
    ]);
  });

  it("money is read at a glance", () => {
    expect([0, 0.00001, 0.0123, 0.5, -0.02].map(money)).toEqual([
      "0 ¢",
      "0.001 ¢",
      "1.23 ¢",
      "$0.50",
      "−2.00 ¢",
    ]);
  });

  it("names and messages cannot become markup or links", () => {
    expect(literal("[x](command:evil) <img> | `a`\nb")).toBe(
      "\\[x\\]\\(command:evil\\) \\<img\\> \\| \\`a\\` b",
    );
  });

  it("a decision tells model, tier and saving in one line", async () => {
    expect(footer(await decided())).toBe("CHEAP • balance • saves 50 %");
  });

  it("why it went there is a sentence, and who failed is said", async () => {
    const record = await decided();
    expect(why(record)).toBe("It is the cheapest that meets the need.");
    expect(isFallback(record)).toBe(false);
    const fallen = await world([fakeModel("a", fails(new Error("down"))), fakeModel("b")]).ask("x");
    expect(fallen && why(fallen)).toContain("A did not answer (down); B did.");
    expect(fallen && isFallback(fallen)).toBe(true);
  });

  it("the tables show scores, shortfall and what ran", async () => {
    const record = await decided();
    if (record.route === null) throw new Error("not routed");
    expect(scoreTable(record.route)).toContain("| Reasoning | `█████░░░░░` | 0.50 |");
    expect(modelTable(record.route, record.ran)).toContain("| **CHEAP** | 0.00 | 0.10 ¢ |");
    expect(savingWords(record)).toBe("0.10 ¢ expected against 0.20 ¢ on DEAR: saves 0.10 ¢ (50 %).");
    expect(explanation(record)).toContain("accepts a shortfall of up to 0.10");
    expect(poolTable(record.route.explanation.models)).toContain("| CHEAP | catalog/cheap | 0.20 / 0.20");
    const [first] = record.route.explanation.models;
    const alone = { ...first!, eligible: false, gate: "not offered by the editor now" };
    expect(poolTable([alone])).toContain("No provider offers a model");
  });

  it("a model that costs as much as the strongest is not called the strongest", async () => {
    const record = await decided();
    const equal = { ...record, saving: { ...record.saving!, strongestCost: 0.001, saved: 0 } };
    expect(savingWords(equal)).toBe("0.10 ¢ expected; it costs the same as DEAR, the strongest.");
    const dear = { ...record.ran!, editorId: "dear" };
    expect(savingWords({ ...equal, ran: dear })).toBe("0.10 ¢ expected; it is the strongest.");
  });

  it("whoever is offered and not denied yet can be excluded, also who failed or may not be asked", async () => {
    const [model] = (await decided()).route?.explanation.models ?? [];
    const gates = ["rate limited, for 50 s", "without consent", "outside the tier's `allow`"];
    const gone = ["denied by `deny`", "not offered by the editor now"];
    const models = [null, ...gates, ...gone].map((gate) => ({ ...model!, eligible: gate === null, gate }));
    expect(deniable(models).map(({ gate }) => gate)).toEqual([null, ...gates]);
  });
});

describe("the status bar", () => {
  it("shows what ran and its tier; busy while routing; a warning on fallback", async () => {
    const record = await decided();
    expect(shownFor(undefined, "balance", false).text).toBe("$(compass) Auto · balance");
    expect(shownFor(record, "efficiency", false).text).toBe("$(compass) CHEAP · balance");
    expect(shownFor({ ...record, phase: "routing" }, "balance", false).text).toContain("spin");
    expect(shownFor({ ...record, unrouted: "down" }, "balance", false)).toMatchObject({ warning: true });
    expect(shownFor(undefined, "balance", true)).toMatchObject({ warning: true });
  });

  it("names no tier that nobody has chosen: the catalog's, or the one of the reply", async () => {
    const record = await decided();
    const unrouted = { ...record, route: null, unrouted: "down" };
    expect(shownFor(undefined, null, false)).toMatchObject({
      text: "$(compass) Auto · catalog's tier",
      label: "Auto mode, tier set by the catalog",
    });
    expect(shownFor(record, null, false).text).toBe("$(compass) CHEAP · balance");
    expect(shownFor(unrouted, null, false).text).toBe("$(warning) CHEAP");
    expect(tooltip(createDecisions(), null, { phase: "running" })).toContain("tier set by the catalog");
    expect(tierList("", null, "balance")).toContain(
      "- **catalog** (now; balance in the last request): Set by",
    );
    expect(tierList("x", "efficiency", undefined)).toMatch(/no such tier(.|\n)*- \*\*efficiency\*\* \(now\)/);
  });

  it("its tooltip has scores, shortfalls, cost, layer and version", async () => {
    const here = world([fakeModel("cheap"), fakeModel("dear")]);
    expect(tooltip(here.decisions, "balance", { phase: "running" })).toContain("Nothing has been routed");
    await here.ask("hello");
    const text = tooltip(here.decisions, "balance", { phase: "failed", reason: "No Python." });
    for (const part of [
      "**CHEAP** · balance",
      "Tool use",
      "shortfall",
      "saves 0.10 ¢",
      "version v1",
      "No Python.",
    ])
      expect(text).toContain(part);
  });
});

describe("the store", () => {
  it("keeps the last fifty, newest first, and counts the savings of all", async () => {
    const record = await decided();
    const store = createDecisions();
    for (let i = 0; i < 60; i++) store.add({ ...record, key: `k${i}` });
    expect(store.history).toHaveLength(50);
    expect(store.last?.key).toBe("k59");
    expect(store.savedUsd).toBeCloseTo(60 * 0.001);
    store.change("k0", { phase: "failed" });
    expect(store.savedUsd).toBeCloseTo(60 * 0.001);
    store.change("k59", { phase: "failed" });
    expect(store.savedUsd).toBeCloseTo(59 * 0.001);
  });
});
