import assert from "node:assert/strict";
import { EASY, MIDDLE } from "../prompts";
import { ask, askAndFail, behave, eventually, scored, writeCatalog } from "./helpers";

describe("the workspace's catalog", () => {
  before(scored);
  beforeEach(() => behave());
  afterEach(async () => {
    writeCatalog(undefined);
    await eventually(async () => assert.equal((await ask(EASY)).text, "Hello from Cheap, a test model."));
  });

  it("decides anew within two seconds of an edit", async () => {
    assert.equal((await ask(EASY)).text, "Hello from Cheap, a test model.");
    writeCatalog('deny: ["test-cheap"]\n');
    await eventually(async () => assert.equal((await ask(EASY)).text, "Hello from Mid, a test model."), 2000);
  });

  it("leaves the last good one in force where an edit breaks it", async () => {
    writeCatalog('deny: ["test-cheap"]\n');
    await eventually(async () => assert.equal((await ask(EASY)).text, "Hello from Mid, a test model."));
    writeCatalog("deny: [\n");
    const { router } = await scored();
    await eventually(async () => assert.ok((await router.status()).problems.length > 0));
    assert.equal((await ask(EASY)).text, "Hello from Mid, a test model.");
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
