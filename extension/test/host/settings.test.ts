import assert from "node:assert/strict";
import { EASY, MIDDLE } from "../prompts";
import { ask, behave, eventually, scored, withSetting } from "./helpers";

describe("settings", () => {
  before(scored);
  beforeEach(() => behave());

  it("change the tier of the next request", async () => {
    const { decisions } = await scored();
    await withSetting("tier", "intelligence", () =>
      eventually(async () => {
        await ask(MIDDLE);
        assert.equal(decisions.last?.route?.tier, "intelligence");
      }),
    );
    await eventually(async () => {
      await ask(MIDDLE);
      assert.equal(decisions.last?.route?.tier, "balance");
    });
  });

  it("change the user's catalog while the server runs", async () => {
    const { server } = await scored();
    const { pid } = server.state;
    const { CATALOG } = await import("../prompts");
    await withSetting("catalog", { ...CATALOG, deny: ["test-cheap"] }, () =>
      eventually(async () => assert.equal((await ask(EASY)).text, "Hello from Mid, a test model.")),
    );
    await eventually(async () => assert.equal((await ask(EASY)).text, "Hello from Cheap, a test model."));
    assert.equal(server.state.pid, pid);
  });
});
