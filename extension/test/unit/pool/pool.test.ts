import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { createPool, type Patience } from "../../../src/pool/pool";
import { information } from "../../../src/provider/provider";
import { FakeSource, fakeModel } from "../fakes/chat";

const quiet = { warn: () => undefined };
const SHORT: Patience = { limitMs: 10, freshMs: 0, brieflyMs: 10 };

describe("the pool", () => {
  it("leaves out ourselves and every other auto", async () => {
    const models = [
      fakeModel("auto"),
      fakeModel("auto", undefined, { vendor: "copilot" }),
      fakeModel("x", undefined, { vendor: "hydra-auto" }),
      fakeModel("good"),
    ];
    const pool = createPool(new FakeSource(models), quiet);
    await pool.ready;
    expect(pool.offers.map((offer) => offer.info.id)).toEqual(["good"]);
  });

  it("follows the editor, and tells only what is new", async () => {
    const source = new FakeSource([fakeModel("a")]);
    const pool = createPool(source, quiet);
    await pool.ready;
    const heard = vi.fn();
    pool.onDidChange(heard);
    source.changes.fire();
    await pool.refresh();
    expect(heard).not.toHaveBeenCalled();
    source.models = [fakeModel("a"), fakeModel("b")];
    source.changes.fire();
    await pool.refresh();
    expect(heard).toHaveBeenCalledTimes(1);
    expect(pool.offers).toHaveLength(2);
  });

  it("asks again when models change while it is being told", async () => {
    const source = new FakeSource([fakeModel("a")]);
    const pool = createPool(source, quiet);
    source.models = [fakeModel("b")];
    source.changes.fire();
    await pool.ready;
    await vi.waitFor(() => expect(pool.offers.map((offer) => offer.info.id)).toEqual(["b"]));
  });

  it("settles though neither the editor nor a manifest can be read", async () => {
    const source = new FakeSource([fakeModel("a")]);
    source.selectChatModels = () => Promise.reject(new Error("busy"));
    source.vendors = () => {
      throw new TypeError("not iterable");
    };
    const warn = vi.fn();
    const pool = createPool(source, { warn }, SHORT);
    await pool.ready;
    expect(pool.offers).toEqual([]);
    expect(warn.mock.calls.flat().join()).toMatch(/not iterable/);
  });

  it("goes on without a vendor whose provider never answers", async () => {
    const source = new FakeSource([fakeModel("a"), fakeModel("hangs", undefined, { vendor: "hung" })]);
    const all = source.selectChatModels.bind(source);
    source.selectChatModels = (selector) =>
      selector.vendor === undefined || selector.vendor === "hung"
        ? new Promise(() => undefined)
        : all(selector);
    const pool = createPool(source, quiet, SHORT);
    await pool.ready;
    expect(pool.offers.map((offer) => offer.info.id)).toEqual(["a"]);
  });

  it("keeps what a vendor had while it does not answer, and asks anew once it does", async () => {
    const source = new FakeSource([fakeModel("a")]);
    const pool = createPool(source, quiet, SHORT);
    await pool.ready;
    const all = source.selectChatModels.bind(source);
    let answer: () => void = () => undefined;
    const late = new Promise<void>((resolve) => (answer = resolve));
    source.selectChatModels = (selector) => late.then(() => all(selector));
    await pool.refresh();
    expect(pool.offers.map((offer) => offer.info.id)).toEqual(["a"]);
    source.models = [fakeModel("b")];
    answer();
    await vi.waitFor(() => expect(pool.offers.map((offer) => offer.info.id)).toEqual(["b"]));
  });

  it("takes a listing that is always late, is ready with it, and does not ask over and over", async () => {
    const source = new FakeSource([fakeModel("a")]);
    const all = source.selectChatModels.bind(source);
    source.selectChatModels = async (selector) => {
      if (selector.vendor === undefined) await pause(SHORT.limitMs + 10);
      else await pause(SHORT.limitMs * 100);
      return all(selector);
    };
    const pool = createPool(source, quiet, SHORT);
    await pool.ready;
    await vi.waitFor(() => expect(pool.offers.map((offer) => offer.info.id)).toEqual(["a"]));
    await pause(20 * SHORT.limitMs);
    expect(source.asked).toBeLessThanOrEqual(2);
    pool.dispose();
  });

  it("is not set back by an answer that comes after a later one's", async () => {
    const source = new FakeSource([fakeModel("old")]);
    const all = source.selectChatModels.bind(source);
    let slow = true;
    source.selectChatModels = async (selector) => {
      const answer = await all(selector);
      if (slow && selector.vendor === undefined) await pause(20 * SHORT.limitMs);
      return answer;
    };
    const pool = createPool(source, quiet, SHORT);
    await pool.ready;
    slow = false;
    source.models = [fakeModel("new")];
    await pool.refresh();
    await pause(25 * SHORT.limitMs);
    expect(pool.offers.map((offer) => offer.info.id)).toEqual(["new"]);
  });

  it("sees a model's new limits at the next request, though the editor tells nothing of them", async () => {
    const source = new FakeSource([fakeModel("a")]);
    const pool = createPool(source, quiet, { ...SHORT, limitMs: 10_000 });
    await pool.ready;
    source.models = [fakeModel("a", undefined, { maxInputTokens: 5 })];
    await pool.renewed();
    expect(pool.offers.map((offer) => offer.info.maxInputTokens)).toEqual([5]);
  });

  it("asks nobody while the last answer is fresh, and waits for no slow provider", async () => {
    const source = new FakeSource([fakeModel("a")]);
    const fresh = createPool(source, quiet, { ...SHORT, freshMs: 60_000 });
    await fresh.ready;
    const { asked } = source;
    await fresh.renewed();
    expect(source.asked).toBe(asked);
    const slow = createPool(source, quiet, { ...SHORT, limitMs: 60_000 });
    await slow.ready;
    source.selectChatModels = () => new Promise(() => undefined);
    await slow.renewed();
    expect(slow.offers.map((offer) => offer.info.id)).toEqual(["a"]);
  });

  it("does not pass on limits that are none", async () => {
    const limits = [0, Infinity, NaN, 8192.5].map((maxInputTokens, i) =>
      fakeModel(`m${i}`, undefined, { maxInputTokens }),
    );
    const pool = createPool(new FakeSource(limits), quiet);
    await pool.ready;
    expect(pool.offers.map((offer) => offer.info.maxInputTokens)).toEqual([null, null, null, 8192]);
  });
});

describe("the Auto model", () => {
  it("is what the manifest makes the editor begin a chat with", async () => {
    const manifest = await readFile("package.json", "utf8");
    const { contributes } = JSON.parse(manifest) as { contributes: { configurationDefaults: object } };
    const { family } = information(createPool(new FakeSource([]), quiet));
    expect(contributes.configurationDefaults).toEqual({ "chat.defaultModel": family });
  });

  it("is as able as the ablest of the pool, and there before the pool is known", async () => {
    const see = (yes: boolean) => ({ capabilities: { supportsImageToText: yes } });
    const blind = fakeModel("a", undefined, { ...see(false), maxInputTokens: 1000 });
    const source = new FakeSource([blind]);
    const pool = createPool(source, quiet);
    expect(information(pool)).toMatchObject({ id: "auto", maxInputTokens: 128_000 });
    await pool.ready;
    expect(information(pool).capabilities).toEqual({ imageInput: false, toolCalling: true });
    source.models = [blind, fakeModel("b", undefined, { ...see(true), maxInputTokens: 5000 })];
    await pool.refresh();
    expect(information(pool)).toMatchObject({ maxInputTokens: 5000, capabilities: { imageInput: true } });
  });
});
