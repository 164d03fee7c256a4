import assert from "node:assert/strict";
import { PRINTED } from "../printed";
import { EASY, MIDDLE } from "../prompts";
import { ask, askAndFail, behave, eventually, scored, script, writeCatalog } from "./helpers";

describe("the workspace's catalog", () => {
  before(scored);
  beforeEach(() => behave());
  afterEach(async () => {
    writeCatalog(undefined);
    await eventually(async () => assert.equal((await ask(EASY)).text, "Hello from Cheap, a test model."));
  });

  it("decides anew soon after an edit", async () => {
    assert.equal((await ask(EASY)).text, "Hello from Cheap, a test model.");
    const edited = Date.now();
    writeCatalog('deny: ["test-cheap"]\n');
    await eventually(async () => assert.equal((await ask(EASY)).text, "Hello from Mid, a test model."));
    // Meant to be less than two seconds, the answer included; a busy machine may be slower.
    console.log(`${PRINTED}      an edited catalog decided after ${String(Date.now() - edited)} ms`);
  });

  it("leaves the last good one in force where an edit breaks it", async () => {
    writeCatalog('deny: ["test-cheap"]\n');
    await eventually(async () => assert.equal((await ask(EASY)).text, "Hello from Mid, a test model."));
    writeCatalog("deny: [\n");
    const { router } = await scored();
    await eventually(async () => assert.ok((await router.status()).problems.length > 0));
    assert.equal((await ask(EASY)).text, "Hello from Mid, a test model.");
  });

  it("asks the model for the reasoning effort of its rule", async () => {
    await ask(EASY);
    assert.deepEqual(script.seen()[0]?.efforts, []);
    writeCatalog("rules:\n  - {name: think, when: {mode: ask}, use: {effort: high}}\n");
    await eventually(async () => {
      script.forget();
      await ask(EASY);
      assert.deepEqual(script.seen()[0]?.efforts, ["high", "high"]);
    });
  });

  it("that excludes everything is said to, with what to do", async () => {
    writeCatalog('deny: ["*"]\n');
    let message = "";
    await eventually(async () => {
      message = await askAndFail(MIDDLE);
    });
    assert.match(message, /no model that may answer/i);
    assert.match(message, /deny/);
  });
});
