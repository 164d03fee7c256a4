import { describe, expect, it } from "vitest";
import { explanationPage, explanationUpdate } from "../../../src/explanation/page";
import { type ExplanationView, readRequest } from "../../../src/explanation/view";
import { decision, route, values, verdict } from "./decisions";

function view(change: Partial<ExplanationView> = {}): ExplanationView {
  const shown = "shown" in change ? change.shown : decision();
  return { shown, history: shown ? [shown] : [], savedUsd: 0.0396, origins: new Map(), ...change };
}

/** The content's text, tags gone and white space folded. */
function text(change: Partial<ExplanationView> = {}): string {
  return explanationUpdate(view(change))
    .content.replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");
}

describe("the explanation page", () => {
  const frame = { nonce: "n0nce", cspSource: "https://editor.test", style: "s.css", script: "s.js" };

  it("lets only its own style and the script of its nonce load", () => {
    const page = explanationPage(view(), frame);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1];
    expect(policy).toContain("default-src &#39;none&#39;");
    expect(policy).toContain("script-src &#39;nonce-n0nce&#39;;");
    expect(policy).not.toContain("unsafe");
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toMatch(/\sstyle=|\son\w+=/);
  });

  it("escapes hostile names, labels, reasons, gates, warnings, keys and files", () => {
    const evil = `"><script>alert(1)</script><img src=x onerror=alert(1)>`;
    const models = [
      verdict("a", { name: evil, dominatedBy: evil }),
      verdict("b", { name: evil, dominatedBy: evil }),
      verdict("c", { name: evil, eligible: false, gate: evil }),
    ];
    const reply = route(models, {
      tier: evil,
      catalogVersion: evil,
      warnings: [evil],
      fallback: true,
      fallbackReason: evil,
    });
    const shown = decision({
      key: evil,
      label: evil,
      error: evil,
      route: { ...reply, explanation: { ...reply.explanation, reason: evil } },
      attempts: [
        {
          model: { vendor: "v", editorId: "e", name: evil, catalogId: null },
          failure: "other",
          message: evil,
        },
      ],
      saving: { cost: 1, strongest: evil, strongestCost: 2, saved: 1 },
    });
    const origins = new Map([["a", { layer: evil, file: evil, line: 1, column: 1 }]]);
    const page = explanationPage(view({ shown, origins }), { ...frame, style: "s.css" });
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toContain("<img");
    expect(page.match(/&lt;script&gt;/g)?.length).toBeGreaterThan(12);
  });

  it("says what was chosen, why, at which cost and against what", () => {
    expect(text()).toContain("Why Model cheap");
    expect(text()).toContain("Model cheap is the only model that may answer.");
    expect(text()).toContain("$0.00040; $0.040 with Model strong, the strongest: $0.040 (99 %) saved");
  });

  it("shows requirement against capability with figures beside each bar, and what is missing", () => {
    const models = [
      verdict("cheap"),
      verdict("weak", { deficit: values(0, 0.25, 0, 0), shortfall: 0.09, estimated: ["debugging"] }),
    ];
    const shown = decision({ route: route(models) });
    expect(text({ shown })).toContain("0.50 (−0.25)");
    expect(text({ shown })).toContain("~0.50");
    expect(explanationUpdate(view({ shown })).content.match(/class="bar"/g)).toHaveLength(4 + 2 * 4);
  });

  it("shows what a model has to spare, and that a tier below zero asks for it", () => {
    const reply = route([verdict("roomy", { surplus: 0.4 }), verdict("weak", { shortfall: 0.09 })]);
    const shown = decision({ route: { ...reply, explanation: { ...reply.explanation, tau: -0.25 } } });
    expect(text({ shown })).toContain("+40 %");
    expect(text({ shown })).toContain("0.09");
    expect(text({ shown })).toContain("asks for 25 % more than is required");
    expect(text()).toContain("accepts a shortfall of up to 0.15");
  });

  it("folds all but the first eight candidates away", () => {
    const models = Array.from({ length: 11 }, (_, i) => verdict(`m${i}`));
    const { content } = explanationUpdate(view({ shown: decision({ route: route(models) }) }));
    expect(content).toContain("3 more candidates");
    expect(content.match(/<tr class="/g)).toHaveLength(11 + 1);
  });

  it("groups the models that a gate stopped by its reason", () => {
    const stopped = ["x", "y"].map((id) => verdict(id, { eligible: false, gate: "no vision" }));
    const shown = decision({ route: route([verdict("cheap"), ...stopped]) });
    expect(text({ shown })).toContain("1 model passed every gate: Model cheap.");
    expect(text({ shown })).toMatch(/✕ no vision Model x, Model y/);
  });

  it("tells the anchor and the drift of a conversation, and that a first request has none", () => {
    const reply = route([verdict("cheap")]);
    const explanation = { ...reply.explanation, anchor: values(0.2, 0.6, 0.1, 0.1), drift: 1.25 };
    const shown = decision({ route: { ...reply, explanation } });
    expect(text({ shown })).toContain("rose 1.25 sigmas");
    expect(text({ shown })).toContain("Conversation’s anchor");
    expect(text()).toContain("nothing to drift from");
  });

  it("tells the chat mode that was predicted for, unless nothing was predicted", () => {
    const inMode = (fallback: boolean) => {
      const reply = route([verdict("cheap")], { fallback });
      return text({
        shown: decision({ route: { ...reply, explanation: { ...reply.explanation, mode: "agent" } } }),
      });
    };
    expect(inMode(false)).toContain("in the chat mode “agent”");
    expect(inMode(true)).not.toContain("chat mode");
    expect(text()).not.toContain("chat mode");
  });

  it("says in words what fell back, failed, or ran instead of the choice", () => {
    const reply = route([verdict("cheap"), verdict("strong")], {
      fallback: true,
      fallbackReason: "the predictor is still loading",
    });
    const strong = { vendor: "tests", editorId: "strong", name: "Model strong", catalogId: "strong" };
    const cheap = { vendor: "tests", editorId: "cheap", name: "Model cheap", catalogId: "cheap" };
    const attempts = [{ model: cheap, failure: "rateLimited", message: "slow down" }] as const;
    const shown = decision({ route: reply, ran: strong, attempts });
    expect(text({ shown })).toContain("decided without a prediction (the predictor is still loading).");
    expect(text({ shown })).toContain("Model cheap was chosen, but Model strong answered.");
    expect(text({ shown })).toContain("Model cheap did not answer (rateLimited): slow down.");
    expect(text({ shown })).toContain("fallback, Model cheap failed");
    expect(text({ shown })).not.toContain("Confidence");
  });

  it("tells two vendors' offers of one catalog model apart", () => {
    const reply = route([verdict("twin"), verdict("twin")]);
    const candidates = ["own", "copilot"].map((vendor) => ({ ...reply.chosenModel, vendor }));
    const ran = { vendor: "copilot", editorId: "twin", name: "Model twin", catalogId: "twin" };
    const shown = decision({ route: { ...reply, candidates, chosenModel: candidates[0]! }, ran });
    expect(text({ shown })).toContain("Model twin of own was chosen, but Model twin of copilot answered.");
    expect(explanationUpdate(view({ shown })).content.match(/<tr class="answered"/g)).toHaveLength(1);
    expect(text({ shown }).match(/✓ chosen/g)).toHaveLength(1);
    expect(text({ shown })).toContain("✓ answered");
  });

  it("stands where no router answered, and where nothing was asked yet", () => {
    const unrouted = "the routing server is not running";
    expect(text({ shown: decision({ route: null, ran: null, saving: null, unrouted }) })).toContain(
      "Not routed: the routing server is not running.",
    );
    expect(text({ shown: undefined })).toContain("No decision yet");
  });

  it("offers the place where a model is written, and each earlier decision, as buttons", () => {
    const origins = new Map([
      ["cheap", { layer: "workspace", file: "/w/.vscode/hydra-catalog.yaml", line: 7, column: 3 }],
    ]);
    const { content } = explanationUpdate(view({ origins }));
    expect(content).toContain('data-open="/w/.vscode/hydra-catalog.yaml"');
    expect(content).toContain("workspace, line 7");
    expect(content).toContain('data-show="k1"');
    expect(content).toContain('aria-current="true"');
  });

  it("tells which values decided and which rules fired, with the place of each", () => {
    const reply = route([verdict("cheap")], { folder: "file:///w", effort: "high" });
    const origin = { layer: "workspace", file: "/w/.vscode/hydra-catalog.yaml", line: 4, column: 1 };
    const setting = { layer: "user", file: "hydraAuto.catalog", line: 1, column: 1 };
    const decidedBy = [
      { key: "tiers.balance.tau", value: 0.15, origin },
      { key: "deny", value: ["grok-*", "gpt-*"], origin: setting },
    ];
    const rules = [{ name: "tests", model: null, tier: "efficiency", effort: null, origin }];
    const shown = decision({ route: { ...reply, explanation: { ...reply.explanation, decidedBy, rules } } });
    expect(text({ shown })).toContain("tiers.balance.tau 0.15 workspace, line 4");
    expect(text({ shown })).toContain("deny grok-*, gpt-* user: hydraAuto.catalog");
    expect(text({ shown })).toContain("Rule “tests” fired: tier efficiency. workspace, line 4");
    expect(text({ shown })).toContain("Reasoning effort high");
    expect(explanationUpdate(view({ shown })).content).not.toContain('data-open="hydraAuto.catalog"');
  });

  it("names every table and every region, and skips no heading level", () => {
    const stopped = verdict("x", { eligible: false, gate: "no vision" });
    const { content } = explanationUpdate(
      view({ shown: decision({ route: route([verdict("cheap"), stopped]) }) }),
    );
    expect(content.match(/<caption>/g)?.length).toBe(content.match(/<table>/g)?.length);
    for (const [region] of content.matchAll(/<div[^>]*role="region"[^>]*>/g))
      expect(region).toContain("aria-label=");
    const levels = [...content.matchAll(/<h(\d)/g)].map(([, level]) => Number(level));
    expect(levels).toEqual([1, 2, 2, 2, 2, 2]);
  });

  it("is unharmed by figures that are no numbers", () => {
    const models = [verdict("cheap", { capability: values(Number.NaN, 7, -1, Number.POSITIVE_INFINITY) })];
    const { content } = explanationUpdate(view({ shown: decision({ route: route(models) }) }));
    for (const [, width] of content.matchAll(/width="([^"]*)"/g))
      expect(Number(width)).toBeLessThanOrEqual(120);
  });
});

describe("what the page may ask", () => {
  it("is read strictly", () => {
    expect(readRequest({ kind: "show", key: "k1" })).toEqual({ kind: "show", key: "k1" });
    expect(readRequest({ kind: "open", file: "/f", line: 3 })).toEqual({ kind: "open", file: "/f", line: 3 });
    expect(readRequest({ kind: "ready", more: 1 })).toEqual({ kind: "ready" });
  });

  it("is refused where it is anything else", () => {
    for (const message of [
      null,
      "show",
      { kind: "show" },
      { kind: "run", command: "x" },
      { kind: "open", file: "/f", line: 0 },
      { kind: "open", file: "/f", line: "1" },
      { kind: "open", file: 7, line: 1 },
    ])
      expect(readRequest(message)).toBeUndefined();
  });
});
