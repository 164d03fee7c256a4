import assert from "node:assert/strict";
import * as vscode from "vscode";

describe("activation", () => {
  it("activates", async () => {
    const extension = vscode.extensions.getExtension("hydra-auto.hydra-auto");
    assert.ok(extension);
    await extension.activate();
    assert.equal(extension.isActive, true);
  });
  it("finds the test models", async () => {
    const models = await vscode.lm.selectChatModels({ vendor: "test-models" });
    assert.deepEqual(
      models.map(({ id }) => id),
      ["cheap", "mid", "strong"],
    );
    const answer = await models[0]!.sendRequest([vscode.LanguageModelChatMessage.User("hi")]);
    let text = "";
    for await (const part of answer.text) text += part;
    assert.equal(text, "Hello from Cheap, a test model.");
  });
});
