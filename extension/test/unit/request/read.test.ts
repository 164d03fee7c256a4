import { describe, expect, it } from "vitest";
import * as vscode from "vscode";
import { attachments, userText } from "../../../src/request/harness";
import { readRequest } from "../../../src/request/read";
import { tokensOfMessage, tokensOfText } from "../../../src/request/tokens";

const { User, Assistant } = vscode.LanguageModelChatMessage;

describe("the user's own text", () => {
  it.each([
    ["<context>date</context>\n<userRequest>\nfix it\n</userRequest>\n", "fix it"],
    ["<prompt>\nask mode\n</prompt>\n", "ask mode"],
    ["what does <prompt>x</prompt> mean?", "what does <prompt>x</prompt> mean?"],
    ["<environment_info>linux</environment_info>\n<workspace_info>w</workspace_info>", ""],
    ["before <system-reminder a='b'>no</system-reminder> after", "before  after"],
    ["an <context> that is never closed", "an <context> that is never closed"],
    ["it breaks on <userRequest> tags", "it breaks on <userRequest> tags"],
    [
      "<userRequest>old</userRequest> a <userRequest>why is <userRequest> empty</userRequest> b",
      "why is <userRequest> empty",
    ],
    ["<userRequest>what ends </userRequest> blocks</userRequest>", "what ends </userRequest> blocks"],
    ["<userMemory>m</userMemory><sessionMemory>s</sessionMemory>", ""],
  ])("%j is %j", (sent, own) => {
    expect(userText(sent)).toBe(own);
  });

  it("is found at once in a prompt of ten million characters", () => {
    expect(userText(`${"<context>".repeat(100_000)}${"a".repeat(10_000_000)}`)).toHaveLength(10_900_000);
  });

  it("counts what is attached", () => {
    expect(
      attachments('<attachments><attachment id="a">x</attachment><attachment>y</attachment></attachments>'),
    ).toBe(2);
  });
});

describe("a request", () => {
  const agent = {
    requestInitiator: "github.copilot-chat",
    modelOptions: { _conversationId: "c", _telemetryTurn: 3 },
  };

  it("takes conversation and turn from the editor where it tells them", () => {
    expect(readRequest([User("<userRequest>x</userRequest>")], agent)).toMatchObject({
      conversationId: "c",
      turn: 3,
      utility: false,
      toolLoop: false,
    });
  });

  it("is told apart by its beginning where it has no id, and its turns are counted", () => {
    const first = readRequest([User("one")], {});
    const second = readRequest([User("one"), Assistant("x"), User("two")], {});
    expect(second).toMatchObject({ conversationId: first.conversationId, turn: 2, prompt: "two" });
    expect(readRequest([User("other")], {}).conversationId).not.toBe(first.conversationId);
  });

  it("of the editor's own is a utility request; a summary also inside a conversation", () => {
    const title = [User("Please write a brief title")];
    expect(readRequest(title, { requestInitiator: "github.copilot-chat" }).utility).toBe(true);
    expect(readRequest(title, { requestInitiator: "core" }).utility).toBe(true);
    expect(readRequest(title, { requestInitiator: "acme.ext" }).utility).toBe(false);
    const summary = [User("one"), User("Summarize the conversation history so far, paying …")];
    expect(readRequest(summary, agent).utility).toBe(true);
  });

  it("that brings a picture by a tool has an image", () => {
    const picture = new vscode.LanguageModelDataPart(new Uint8Array(1), "image/png");
    const messages = [User("look"), User([new vscode.LanguageModelToolResultPart("1", [picture])])];
    expect(readRequest(messages, agent)).toMatchObject({ hasImage: true, toolLoop: true, prompt: "look" });
  });

  it("of 200k tokens keeps the prompt's beginning and end", () => {
    const { prompt, promptTokens } = readRequest([User(`begin ${"x ".repeat(400_000)} end`)], {});
    expect(prompt.length).toBeLessThan(70_000);
    expect(prompt).toMatch(/^begin[\s\S]*end$/);
    expect(promptTokens).toBeGreaterThan(190_000);
  });

  it("without any text of the user is read all the same", () => {
    expect(readRequest([], {})).toMatchObject({ prompt: "", turn: 1 });
  });
});

describe("token estimates", () => {
  it("take four ASCII characters, or one and a half others, for a token", () => {
    expect(tokensOfText("abcdefgh")).toBe(2);
    expect(tokensOfText("日本語")).toBe(2);
  });

  it("count every kind of part, also those that are not in the typings", () => {
    const picture = new vscode.LanguageModelDataPart(new Uint8Array(9), "image/png");
    expect(tokensOfMessage(User([picture]))).toBeGreaterThan(500);
    expect(tokensOfMessage(User([{ value: "thinking about it" }] as never))).toBeGreaterThan(5);
    expect(tokensOfMessage(User([undefined] as never))).toBe(4);
  });
});
