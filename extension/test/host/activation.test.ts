import assert from "node:assert/strict";
import * as vscode from "vscode";
import { auto, behave, eventually, hydra } from "./helpers";

describe("activation", () => {
  before(() => behave());

  it("runs the server", async () => {
    const { server } = await hydra();
    await eventually(() => assert.equal(server.state.phase, "running", server.state.reason));
  });

  it("offers one model, whose id is `auto`, with the largest input of the pool", async () => {
    const models = await vscode.lm.selectChatModels({ vendor: "hydra-auto" });
    assert.deepEqual(
      models.map(({ id, vendor }) => ({ id, vendor })),
      [{ id: "auto", vendor: "hydra-auto" }],
    );
    await eventually(async () => assert.equal((await auto()).maxInputTokens, 120_000));
  });

  it("registers every command that it declares", async () => {
    const extension = vscode.extensions.getExtension("hydra-auto.hydra-auto");
    const manifest = extension?.packageJSON as { contributes: { commands: { command: string }[] } };
    const declared = manifest.contributes.commands;
    const known = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      declared.map(({ command }) => command).filter((command) => !known.has(command)),
      [],
    );
  });
});
