import assert from "node:assert/strict";
import * as vscode from "vscode";
import { EASY, HARD } from "../prompts";
import { THREE } from "../../test-provider/script";
import { ask, askAndFail, assistant, behave, eventually, offer, scored, script, talk, user } from "./helpers";

/** One pixel: the editor looks at pictures, and a broken one does not get past it. */
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

describe("bad input", () => {
  before(scored);
  beforeEach(() => behave());

  const withImage = () =>
    user([new vscode.LanguageModelTextPart(EASY), vscode.LanguageModelDataPart.image(PIXEL, "image/png")]);

  it("no models offered: says so, and how to add one", async () => {
    await offer([]);
    // The extension hears of it a moment later than we do.
    await eventually(async () =>
      assert.match(await askAndFail(EASY), /no models to choose from.*Manage Language Models/s),
    );
  });

  it("only one model: it answers everything", async () => {
    await offer(THREE.slice(0, 1));
    assert.equal((await ask(HARD)).text, "Hello from Cheap, a test model.");
  });

  it("a model that vanishes between two turns: another goes on", async () => {
    const options = talk();
    assert.equal((await ask(EASY, options)).text, "Hello from Cheap, a test model.");
    await offer(THREE.slice(1));
    const turns = [
      user(EASY),
      assistant("done"),
      user("And once more, please, with the same words as just before."),
    ];
    assert.match((await ask(turns, options)).text, /^Hello from (Mid|Strong)/);
  });

  it("a conversation of 200,000 tokens: the model that holds it answers", async () => {
    await offer(THREE.map((model) => (model.id === "mid" ? { ...model, maxInputTokens: 1_000_000 } : model)));
    const long = "word ".repeat(200_000);
    const { text } = await ask([user(long), assistant("read"), user(EASY)]);
    assert.equal(text, "Hello from Mid, a test model.");
    assert.equal(script.seen()[0]?.texts[0]?.length, long.length);
  });

  it("a model that keeps its name and takes more from now on: seen without the editor's telling", async () => {
    const long = "word ".repeat(200_000);
    script.write(
      THREE.map((model) => (model.id === "mid" ? { ...model, maxInputTokens: 1_000_000 } : model)),
    );
    await eventually(async () => {
      script.forget();
      const { text } = await ask([user(long), assistant("read"), user(EASY)]);
      assert.equal(text, "Hello from Mid, a test model.");
    });
  });

  it("a conversation of 200,000 tokens that no model holds: answered or said why, and warned", async () => {
    const { decisions } = await scored();
    const long = "word ".repeat(200_000);
    await eventually(async () => {
      await ask([user(long), assistant("read"), user(EASY)]);
      const { last } = decisions;
      assert.match(last?.route?.warnings.join() ?? "", /no room for \d+ prompt tokens/, JSON.stringify(last));
    });
  });

  it("an image with no vision model: it goes on, and warns", async () => {
    const { decisions } = await scored();
    await ask([withImage()]);
    assert.match(decisions.last?.route?.warnings.join() ?? "", /no vision/);
    assert.ok(script.seen()[0]?.parts.includes("data image/png"), "the image goes on");
  });

  it("an image with one vision model: that one answers", async () => {
    await offer(THREE.map((model) => ({ ...model, vision: model.id === "strong" })));
    await eventually(async () =>
      assert.equal((await ask([withImage()])).text, "Hello from Strong, a test model."),
    );
  });

  it("an empty message: answered", async () => {
    assert.match((await ask("")).text, /^Hello from/);
  });
});
