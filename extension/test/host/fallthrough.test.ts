import assert from "node:assert/strict";
import { EASY, MIDDLE } from "../prompts";
import { THREE, type Behaviour } from "../../test-provider/script";
import type { Failure } from "../../src/wire/protocol";
import { ask, askAndFail, behave, hydra, offer, scored, script, withSetting } from "./helpers";

const asked = () => script.seen().map(({ model }) => model);

describe("a model that does not answer", () => {
  before(scored);
  // What failed is left alone for a while: each test begins with a server that knows of no failure.
  beforeEach(async () => {
    await (await hydra()).server.restart();
    await scored();
  });

  const kinds: readonly (readonly [Behaviour, Failure])[] = [
    ["fail", "other"],
    ["quota", "quota"],
    ["block", "blocked"],
    ["lose", "notFound"],
  ];
  for (const [behaviour, failure] of kinds)
    it(`is followed by the next candidate (${behaviour})`, async () => {
      await behave({ cheap: behaviour });
      const { text } = await ask(EASY);
      const { decisions } = await hydra();
      assert.equal(text, "Hello from Mid, a test model.");
      assert.deepEqual(asked(), ["cheap", "mid"]);
      assert.deepEqual(
        decisions.last?.attempts.map((a) => [a.model.editorId, a.failure]),
        [["cheap", failure]],
      );
      assert.equal(decisions.last.ran?.editorId, "mid", "what is shown is what ran");
    });

  it("is followed by the next candidate where it stays silent for too long, and is cancelled", async () => {
    await behave({ cheap: "hang" });
    const { decisions } = await hydra();
    await withSetting("silenceSeconds", 1, async () => {
      assert.equal((await ask(EASY)).text, "Hello from Mid, a test model.");
    });
    assert.equal(decisions.last?.attempts[0]?.failure, "timeout");
    assert.match(decisions.last.attempts[0].message, /no answer within 1 s/);
    assert.ok(script.seen().some(({ model, cancelled }) => model === "cheap" && cancelled === true));
  });

  it("is left alone by the requests that follow", async () => {
    await behave({ cheap: "quota" });
    await ask(EASY);
    script.forget();
    await ask(EASY);
    assert.deepEqual(asked(), ["mid"]);
  });

  it("ends the request where the user refused consent: nothing goes to another vendor", async () => {
    await offer(
      THREE.map((model) =>
        model.id === "cheap"
          ? { ...model, behaviour: "refuse" }
          : { ...model, vendor: "other-auto" as const },
      ),
    );
    const message = await askAndFail(EASY);
    assert.match(message, /not allowed Auto to use the models of test-models/);
    assert.deepEqual(asked(), ["cheap"]);
  });

  it("is the end of the answer once it has begun: no second model speaks", async () => {
    await behave({ cheap: "break" });
    const message = await askAndFail(EASY);
    assert.match(message, /Cheap broke off its answer/);
    assert.doesNotMatch(message, /\n\s+at /, "a stack");
    assert.deepEqual(asked(), ["cheap"]);
  });

  it("is told with every other where nobody answers", async () => {
    await behave({ cheap: "fail", mid: "fail", strong: "quota" });
    const message = await askAndFail(MIDDLE);
    assert.match(message, /No model could answer/);
    for (const name of ["Cheap", "Mid", "Strong"]) assert.match(message, new RegExp(`${name}: `));
    assert.deepEqual(asked().sort(), ["cheap", "mid", "strong"]);
  });
});
