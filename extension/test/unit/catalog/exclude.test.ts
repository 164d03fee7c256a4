import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { CatalogUnreadable, excluding } from "../../../src/catalog/exclude";

describe("excluding a model", () => {
  it.each([undefined, "", "  \n"])("makes a catalog where there is none (%j)", (text) => {
    expect(parse(excluding(text, "gpt-5"))).toEqual({ deny: ["gpt-5"] });
  });

  it("keeps comments, order and the rest", () => {
    const text = `# ours
defaultTier: efficiency   # cheap first
deny: ["grok-*"] # never
models:
  # local
  - id: mine
    price: {input: 0, output: 0}
`;
    expect(excluding(text, "gpt-5")).toBe(text.replace('["grok-*"]', '["grok-*", "gpt-5"]'));
  });

  it("adds to a list of lines, and twice is once", () => {
    const text = "deny:\n  - a # why\n  - b\n";
    const once = excluding(text, "c");
    expect(once).toBe('deny:\n  - a # why\n  - b\n  - "c"\n');
    expect(excluding(once, "c")).toBe(once);
  });

  it.each([
    ["deny: []\n", ["m"]],
    ["deny: [a, ]\n", ["a", "m"]],
    ["deny: [\n  a, # why\n]\n", ["a", "m"]],
    ["deny:\n- a", ["a", "m"]],
    ["deny:\n  - >-\n    a\n    b\n", ["a b", "m"]],
    ["deny:\n", ["m"]],
    ["deny: a\n", ["a", "m"]],
    ["# only a comment\n", ["m"]],
  ])("takes %j", (text, denied) => {
    const changed = excluding(text, "m");
    expect(parse(changed)).toEqual({ deny: denied });
    if (text.includes("# why")) expect(changed).toContain("# why");
  });

  it("keeps the comments of a file that is all comments", () => {
    expect(excluding("# only a comment\n", "m")).toContain("# only a comment");
  });

  it.each(["deny: [a\n", "- a\n", "just text\n"])("refuses what is no catalog: %j", (text) => {
    expect(() => excluding(text, "m")).toThrow(CatalogUnreadable);
    expect(() => excluding(text, "m")).toThrow(/^line \d/);
  });
});
