import assert from "node:assert/strict";
import * as vscode from "vscode";
import { EASY, HARD } from "../prompts";
import { ask, behave, eventually, hydra, scored } from "./helpers";

describe("the server's life", () => {
  before(scored);
  beforeEach(() => behave());

  it("killed in the middle of requests, the chat is answered all the same, and it comes back", async () => {
    const { server } = await scored();
    const pid = server.state.pid ?? assert.fail("no process");
    const answers = Array.from({ length: 8 }, (_, i) => ask(`${HARD} (${String(i)})`));
    process.kill(pid, "SIGKILL");
    answers.push(ask(EASY));
    for (const { text } of await Promise.all(answers)) assert.match(text, /^Hello from/);
    await eventually(() => assert.equal(server.state.phase, "running"));
    assert.notEqual(server.state.pid, pid);
    await scored();
    assert.equal((await ask(EASY)).text, "Hello from Cheap, a test model.");
  });

  it("is a new process after “Restart Server”", async () => {
    const { server } = await hydra();
    const { pid } = server.state;
    await vscode.commands.executeCommand("hydraAuto.restart");
    await eventually(() => {
      assert.equal(server.state.phase, "running");
      assert.notEqual(server.state.pid, pid);
    });
    await scored();
  });
});
