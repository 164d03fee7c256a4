import assert from "node:assert/strict";
import * as vscode from "vscode";
import { EASY, HARD, MIDDLE } from "../prompts";
import { THREE } from "../../test-provider/script";
import { ask, assistant, behave, eventually, offer, scored, script, talk, user } from "./helpers";

const TOOL = { name: "look", description: "Looks something up.", inputSchema: { type: "object" } };

describe("the Auto model", () => {
  before(scored);
  beforeEach(() => behave());

  it("sends requests of three difficulties to three models", async () => {
    const answers = [(await ask(EASY)).text, (await ask(MIDDLE)).text, (await ask(HARD)).text];
    assert.deepEqual(
      answers,
      ["Cheap", "Mid", "Strong"].map((name) => `Hello from ${name}, a test model.`),
    );
  });

  it("tells what ran, what it cost and what it saved", async () => {
    const { decisions } = await scored();
    const before = decisions.savedUsd;
    await ask(EASY);
    const { last } = decisions;
    assert.equal(last?.phase, "done");
    assert.equal(last.ran?.editorId, "cheap");
    assert.equal(last.route?.fallback, false);
    assert.equal(last.saving?.strongest, "Strong");
    assert.ok(decisions.savedUsd > before);
  });

  it("sends the messages on unchanged", async () => {
    await ask([user("one"), assistant("two"), user(EASY)]);
    const [seen] = script.seen();
    assert.deepEqual(seen?.texts, ["one", "two", EASY]);
    assert.deepEqual(seen.roles, [1, 2, 1]);
  });

  it("streams tool calls back, and a tool's result goes to the model that called", async () => {
    await behave({ cheap: "tool", mid: "tool", strong: "tool" });
    const options = { ...talk(), tools: [TOOL] };
    const question = user(MIDDLE);
    const { calls } = await ask([question], options);
    const [call] = calls;
    assert.equal(call?.name, "look");
    const model = script.seen()[0]?.model;
    // A result that alone would read as a hard request: it is not the user's.
    const result = new vscode.LanguageModelToolResultPart(call.callId, [
      new vscode.LanguageModelTextPart(HARD),
    ]);
    const more = [question, assistant([call]), user([result])];
    const { decisions } = await scored();
    const count = decisions.history.length;
    const { text } = await ask(more, options);
    assert.match(text, /^Hello from/);
    assert.deepEqual(
      script.seen().map((request) => request.model),
      [model, model],
    );
    assert.equal(decisions.history.length, count, "a tool loop is no decision of its own");
  });

  it("keeps a conversation on its model for an easier turn", async () => {
    const options = talk();
    await ask(HARD, options);
    await ask([user(HARD), assistant("done"), user(EASY)], options);
    assert.deepEqual(
      script.seen().map((request) => request.model),
      ["strong", "strong"],
    );
  });

  it("cancels the model when the request is cancelled", async () => {
    await behave({ cheap: "hang", mid: "hang", strong: "hang" });
    const source = new vscode.CancellationTokenSource();
    const asked = ask(EASY, talk(), source.token).catch(() => undefined);
    await eventually(() => assert.equal(script.seen().length, 1));
    source.cancel();
    await asked;
    await eventually(() =>
      assert.deepEqual(
        script.seen().map((r) => r.cancelled),
        [undefined, true],
      ),
    );
    const { decisions } = await scored();
    await eventually(() => assert.equal(decisions.last?.phase, "cancelled"));
    assert.equal(decisions.last?.ran, null);
  });

  it("leaves its own vendor and every other Auto out", async () => {
    await offer([
      ...THREE,
      {
        id: "auto",
        name: "Auto",
        behaviour: "answer",
        maxInputTokens: 9_000_000,
        vision: true,
        vendor: "other-auto",
      },
    ]);
    const { decisions } = await scored();
    for (const prompt of [EASY, HARD]) await ask(prompt);
    assert.ok(script.seen().every(({ model }) => model !== "auto"));
    const models = decisions.last?.route?.candidates.map(({ editorId }) => editorId);
    assert.deepEqual([...(models ?? [])].sort(), ["cheap", "mid", "strong"]);
  });
});
