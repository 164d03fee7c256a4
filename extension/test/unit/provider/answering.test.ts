import { describe, expect, it } from "vitest";
import * as vscode from "vscode";
import { ServerUnavailable } from "../../../src/contracts";
import { fails, fakeModel, routeTo, says, silent, world } from "../fakes/chat";
import { LanguageModelThinkingPart } from "../fakes/vscode";

const { User, Assistant } = vscode.LanguageModelChatMessage;
const text = (parts: readonly unknown[]) => parts.map((part) => (part as { value?: unknown }).value).join("");
const inConversation = (id: string, more: object = {}) => ({
  modelOptions: { _conversationId: id },
  ...more,
});

describe("the chosen model", () => {
  it("gets the messages unchanged, with a justification, and its parts come back unchanged", async () => {
    const parts = [
      new vscode.LanguageModelTextPart("a"),
      new LanguageModelThinkingPart("hm"),
      new vscode.LanguageModelToolCallPart("1", "look", {}),
      new vscode.LanguageModelDataPart(new Uint8Array([1]), "application/x"),
    ];
    const model = fakeModel("m", says(...parts));
    const here = world([model]);
    const messages = [User("one"), Assistant("two"), User("three")];
    const tools = [{ name: "look", description: "", inputSchema: {} }];
    await here.ask({ messages, options: inConversation("c", { tools, toolMode: 1 }) });
    expect(here.got).toEqual(parts);
    expect(here.got[2]).toBe(parts[2]);
    expect(model.sent[0]?.messages).toEqual(messages);
    expect(model.sent[0]?.messages[0]).toBe(messages[0]);
    expect(model.sent[0]?.options).toMatchObject({
      tools,
      toolMode: 1,
      modelOptions: { _conversationId: "c" },
    });
    expect(model.sent[0]?.options?.justification).toMatch(/Auto mode/);
  });

  it("gets System messages as one leading User message", async () => {
    const model = fakeModel("m");
    const system = { ...User("be brief"), role: 3 as vscode.LanguageModelChatMessageRole };
    await world([model]).ask({ messages: [system, User("hi")] as never });
    expect(model.sent[0]?.messages.map((message) => [message.role, text(message.content)])).toEqual([
      [1, "be brief"],
      [1, "hi"],
    ]);
  });

  it("is asked for the reasoning effort of a rule, and for none where no rule fired", async () => {
    const model = fakeModel("m");
    const here = world([model]);
    await here.ask("hello");
    here.route = (params) => Promise.resolve({ ...routeTo(params, "m"), effort: "high" });
    await here.ask("hello again");
    expect(model.sent.map(({ options }) => options)).toEqual([
      { justification: expect.any(String) as string, modelOptions: { _conversationId: "c" } },
      {
        justification: expect.any(String) as string,
        modelOptions: { _conversationId: "c", reasoning_effort: "high" },
        configuration: { reasoningEffort: "high" },
      },
    ]);
  });

  it("is recorded as what ran, with its saving, and reported to the router", async () => {
    const usage = new vscode.LanguageModelDataPart(
      new TextEncoder().encode(
        JSON.stringify({
          prompt_tokens: 90,
          completion_tokens: 7,
          prompt_tokens_details: { cached_tokens: 40 },
        }),
      ),
      "usage",
    );
    const here = world([fakeModel("cheap", says("yes", usage)), fakeModel("dear")]);
    const record = await here.ask("hello");
    expect(record).toMatchObject({ phase: "done", ran: { editorId: "cheap", vendor: "acme" }, error: null });
    expect(record?.saving).toMatchObject({ strongest: "DEAR", cost: 0.001, strongestCost: 0.002 });
    expect(here.decisions.savedUsd).toBeCloseTo(0.001);
    expect(here.outcomes).toMatchObject([
      { ran: true, error: null, inputTokens: 90, cachedInputTokens: 40, outputTokens: 7 },
    ]);
  });
});

describe("before the first part", () => {
  const second = () => fakeModel("second", says("from second"));

  it.each([
    ["Blocked", vscode.LanguageModelError.Blocked("blocked by policy"), "blocked"],
    ["quota", new Error("You exceeded your current quota"), "quota"],
    ["a quota that the editor calls Blocked", vscode.LanguageModelError.Blocked("quota exceeded"), "quota"],
    ["a rate limit", new Error("429 Too Many Requests"), "rateLimited"],
    ["NotFound", vscode.LanguageModelError.NotFound("gone"), "notFound"],
    ["anything else", new Error("socket hang up\n  at stack"), "other"],
  ])("%s falls through to the next candidate and is told apart", async (_, error, kind) => {
    const here = world([fakeModel("first", fails(error)), second()]);
    const record = await here.ask("hello");
    expect(text(here.got)).toBe("from second");
    expect(record?.ran?.editorId).toBe("second");
    expect(record?.attempts).toMatchObject([{ model: { editorId: "first" }, failure: kind }]);
    expect(record?.attempts[0]?.message).not.toContain("\n");
    expect(here.outcomes).toMatchObject([
      { ran: false, error: kind },
      { ran: true, error: null },
    ]);
  });

  it("a model that is gone makes the pool ask the editor anew", async () => {
    const here = world([fakeModel("first", fails(vscode.LanguageModelError.NotFound())), second()]);
    await here.pool.ready;
    const before = here.source.asked;
    await here.ask("hello");
    expect(here.source.asked).toBe(before + 1);
  });

  it("a refused consent ends the request: no other vendor gets the prompt", async () => {
    const other = fakeModel("second", says("no"), { vendor: "other" });
    const here = world([fakeModel("first", fails(vscode.LanguageModelError.NoPermissions())), other]);
    await expect(here.ask("hello")).rejects.toThrow(/not allowed Auto.*acme.*nothing was sent/);
    expect(other.sent).toEqual([]);
    expect(here.complaints).toEqual(["noConsent"]);
    expect(here.outcomes).toMatchObject([{ ran: false, error: "noPermissions" }]);
    expect(here.decisions.last?.phase).toBe("failed");
  });

  it("a note for the provider's books is no answer, nor is an empty thought; both go on", async () => {
    const usage = new vscode.LanguageModelDataPart(new Uint8Array([123, 125]), "usage");
    const here = world([fakeModel("a", says(new LanguageModelThinkingPart(""), usage)), fakeModel("b")]);
    const record = await here.ask("hello");
    expect(record).toMatchObject({ ran: { editorId: "b" }, attempts: [{ model: { editorId: "a" } }] });
    expect(here.got[1]).toBe(usage);
  });

  it("an empty text is no answer yet", async () => {
    const here = world([fakeModel("first", fails(new Error("no"), "")), second()]);
    await here.ask("hello");
    expect(text(here.got)).toBe("from second");
  });

  it("a model that ends without an answer is passed over", async () => {
    const here = world([fakeModel("first", says()), second()]);
    expect((await here.ask("hello"))?.ran?.editorId).toBe("second");
  });

  it("a model that never answers is passed over after the silence that is allowed", async () => {
    const here = world([fakeModel("first", silent()), second()], 20);
    const record = await here.ask("hello");
    expect(text(here.got)).toBe("from second");
    expect(record?.attempts[0]?.failure).toBe("timeout");
  });

  describe("while the editor asks the user for consent", () => {
    /** A model of a vendor with a consent dialog: the request begins when it is closed. */
    const dialog = () => {
      let close: () => void = () => undefined;
      const closed = new Promise<void>((resolve) => (close = resolve));
      const model = fakeModel("first", says("from first"));
      const begin = model.sendRequest.bind(model);
      model.sendRequest = async (...request) => {
        await closed;
        return begin(...request);
      };
      return { model, close };
    };
    const other = () => fakeModel("second", says("from second"), { vendor: "other" });
    const aWhile = () => new Promise((resolve) => setTimeout(resolve, 100));

    it("the prompt goes nowhere else, and then to the model that was asked for", async () => {
      const [{ model, close }, second] = [dialog(), other()];
      const here = world([model, second], 20);
      const answer = here.ask("hello");
      await aWhile();
      expect(second.sent).toEqual([]);
      close();
      expect((await answer)?.ran?.editorId).toBe("first");
      expect(second.sent).toEqual([]);
    });

    it("the user can cancel", async () => {
      const source = new vscode.CancellationTokenSource();
      const second = other();
      const here = world([dialog().model, second], 20);
      const answer = here.ask({ token: source.token });
      await aWhile();
      source.cancel();
      await answer;
      expect(here.decisions.last?.phase).toBe("cancelled");
      expect(second.sent).toEqual([]);
    });

    it("a model that has it already, and does not even begin, is passed over", async () => {
      const here = world([dialog().model, other()], 20);
      here.source.granted.add("first");
      await here.pool.refresh();
      expect((await here.ask("hello"))?.attempts[0]?.failure).toBe("timeout");
    });
  });

  it("when nobody answers, one clean sentence names each and why", async () => {
    const here = world([
      fakeModel("a", fails(new Error("broken"))),
      fakeModel("b", fails(new Error("down"))),
    ]);
    const error = await here.ask("hello").then(
      () => undefined,
      (e: unknown) => e as Error,
    );
    expect(error?.message).toMatch(/No model could answer.*A: broken; B: down/);
    expect(error?.stack).toBe("");
  });
});

describe("after the first part", () => {
  it("a failure is a clean error and no other model goes on", async () => {
    const second = fakeModel("second");
    const here = world([fakeModel("first", fails(new Error("reset\n at x"), "half")), second]);
    const error = await here.ask("hello").then(
      () => undefined,
      (e: unknown) => e as Error,
    );
    expect(error?.message).toBe("FIRST broke off its answer: reset");
    expect(error?.stack).toBe("");
    expect(second.sent).toEqual([]);
    expect(here.decisions.last).toMatchObject({ phase: "failed", ran: { editorId: "first" } });
    expect(here.outcomes).toMatchObject([{ ran: true, error: "other" }]);
  });
});

describe("cancellation", () => {
  it("reaches the model and ends the request quietly, also where the model does not heed it", async () => {
    const source = new vscode.CancellationTokenSource();
    let seen: vscode.CancellationToken | undefined;
    const model = fakeModel("m", (token) => {
      seen = token;
      return silent()(token);
    });
    const here = world([model, fakeModel("other")]);
    const answer = here.ask({ token: source.token });
    await new Promise((resolve) => setTimeout(resolve, 10));
    source.cancel();
    await answer;
    expect(seen?.isCancellationRequested).toBe(true);
    expect(here.decisions.last?.phase).toBe("cancelled");
    expect(here.outcomes).toMatchObject([{ ran: false, error: null }]);
  });

  it("in mid-answer is no failure", async () => {
    const source = new vscode.CancellationTokenSource();
    const here = world([
      fakeModel("m", async function* () {
        yield new vscode.LanguageModelTextPart("half");
        source.cancel();
        await new Promise(() => undefined);
      }),
    ]);
    await here.ask({ token: source.token });
    expect(here.decisions.last).toMatchObject({ phase: "cancelled", error: null });
  });
});

it("a cancelled request does not wait for the pool", async () => {
  const source = new vscode.CancellationTokenSource();
  const here = world([], 0, () => new Promise(() => undefined));
  const answer = here.ask({ token: source.token });
  source.cancel();
  await answer;
  expect(here.decisions.last?.phase).toBe("cancelled");
});

describe("the router is told", () => {
  it("the user's own words, the references, the mode and what is offered", async () => {
    const model = fakeModel("m", says("x"), {
      capabilities: { supportsImageToText: true, supportsToolCalling: false },
    });
    const here = world([model]);
    here.source.refused.add("m");
    here.source.access.fire();
    const wrapped =
      '<attachments><attachment id="a.py">x</attachment><attachment id="b.py">y</attachment></attachments>' +
      "<reminderInstructions>be nice</reminderInstructions>\n<userRequest>\nfix this\n</userRequest>";
    const picture = new vscode.LanguageModelDataPart(new Uint8Array(3), "image/png");
    await here.pool.refresh();
    await here.ask({
      messages: [
        User("<environment_info>linux</environment_info>"),
        User([new vscode.LanguageModelTextPart(wrapped), picture]),
      ],
      options: inConversation("c", { tools: [{ name: "run_in_terminal", description: "" }] }),
    });
    expect(here.routes[0]).toMatchObject({
      prompt: "fix this",
      conversationId: "c",
      turn: 1,
      references: 2,
      mode: "agent",
      needsTools: true,
      hasImage: true,
      workspaceFolder: "file:///ws",
      available: [{ vendor: "acme", id: "m", vision: true, tools: false, canSend: false }],
    });
  });

  it("in a tool loop, the turn that goes on and the model that ran; the record stays one", async () => {
    const model = fakeModel("m");
    const here = world([model]);
    const question = User("find the bug");
    await here.ask({ messages: [question] });
    const call = Assistant([new vscode.LanguageModelToolCallPart("1", "look", {})]);
    const result = User([
      new vscode.LanguageModelToolResultPart("1", [new vscode.LanguageModelTextPart("a\nvery hard thing")]),
    ]);
    await here.ask({ messages: [question, call, result] });
    expect(here.routes[1]).toMatchObject({
      prompt: "find the bug",
      turn: 1,
      previousModel: "catalog/m",
      event: null,
    });
    expect(here.decisions.history).toHaveLength(1);
  });

  it("in a tool loop, what failed before the tool ran stays in the record, and so does a lost router", async () => {
    const here = world([fakeModel("a", fails(new Error("429"))), fakeModel("b")]);
    const question = User("find the bug");
    await here.ask({ messages: [question] });
    here.source.models = here.source.models.slice(1);
    here.source.changes.fire();
    await here.pool.refresh();
    here.route = () => Promise.reject(new ServerUnavailable("The server is gone."));
    const call = Assistant([new vscode.LanguageModelToolCallPart("1", "look", {})]);
    const result = User([new vscode.LanguageModelToolResultPart("1", [])]);
    await here.ask({ messages: [question, call, result] });
    expect(here.decisions.history).toHaveLength(1);
    const [record] = here.decisions.history;
    expect(record?.attempts.map(({ model }) => model.editorId)).toEqual(["a"]);
    expect(record).toMatchObject({ ran: { editorId: "b" }, unrouted: "The server is gone.", phase: "done" });
  });

  it("a retry after a failure with the model that failed; a regeneration after an answer", async () => {
    const here = world([fakeModel("m", fails(new Error("broken")))]);
    await expect(here.ask("hello")).rejects.toThrow();
    await expect(here.ask("hello")).rejects.toThrow();
    expect(here.routes[1]).toMatchObject({ event: "retry", previousModel: "catalog/m" });
    const good = world([fakeModel("m")]);
    await good.ask("hello");
    await good.ask("hello");
    expect(good.routes[1]).toMatchObject({ event: "regenerate", previousModel: "catalog/m" });
  });

  it("a compaction once, on the first prompt after the summary", async () => {
    const here = world([fakeModel("m")]);
    const summary = User("<conversation-summary>earlier</conversation-summary>");
    await here.ask({ messages: [User("one")] });
    await here.ask({ messages: [summary, User("two")], options: inConversation("c", {}) });
    await here.ask({ messages: [summary, User("two"), Assistant("x"), User("three")] });
    expect(here.routes.map((route) => route.event)).toEqual([null, "compaction", null]);
  });
});

describe("a utility request", () => {
  const utility = { requestInitiator: "github.copilot-chat" };
  const messages = [User("Please write a brief title for the following request: …")];

  it("is answered as one and leaves neither record nor conversation", async () => {
    const here = world([fakeModel("m")]);
    await here.ask("hello");
    await here.ask({ messages, options: utility });
    await here.ask({ messages: [User("hello"), Assistant("hi"), User("more")] });
    expect(here.routes[1]?.event).toBe("utility");
    expect(here.routes[2]).toMatchObject({ event: null, previousModel: "catalog/m" });
    expect(here.decisions.history.map((record) => record.label)).toEqual(["more", "hello"]);
  });

  it("bothers nobody when there is no model", async () => {
    const here = world([]);
    await expect(here.ask({ messages, options: utility })).rejects.toThrow(/no models/);
    expect(here.complaints).toEqual([]);
  });
});

describe("without a router", () => {
  const down = () => Promise.reject(new ServerUnavailable("The server is gone."));

  it("a decision of the same folder counts before one of another, whose policy may be another", async () => {
    const here = world([fakeModel("own"), fakeModel("others")]);
    const decided = (folder: string, id: string) => {
      here.route = (params) => Promise.resolve({ ...routeTo(params, id), folder });
    };
    decided("file:///ws", "own");
    await here.ask({ messages: [User("one")], options: inConversation("1") });
    decided("file:///elsewhere", "others");
    await here.ask({ messages: [User("two")], options: inConversation("2") });
    here.route = down;
    expect((await here.ask({ messages: [User("three")], options: inConversation("3") }))?.ran).toMatchObject({
      editorId: "own",
    });
    expect((await here.ask({ messages: [User("four")], options: inConversation("2") }))?.ran).toMatchObject({
      editorId: "others",
    });
  });

  it("the conversation's own model answers, then the last decision's order; it is said", async () => {
    const [a, b, c] = [fakeModel("a"), fakeModel("b"), fakeModel("c")];
    const here = world([a, b, c]);
    here.route = (params) => Promise.resolve(routeTo(params, "b", "c"));
    await here.ask("hello");
    here.route = down;
    const record = await here.ask({ messages: [User("hello"), Assistant("hi"), User("more")] });
    expect(record).toMatchObject({ ran: { editorId: "b" }, route: null, unrouted: "The server is gone." });
    expect((await here.ask({ messages: [User("x")], options: inConversation("d") }))?.ran?.editorId).toBe(
      "b",
    );
    expect(a.sent).toEqual([]);
  });

  it("who lacks what the request needs comes last, and who may not be asked not at all", async () => {
    const tools = (yes: boolean) => ({ capabilities: { supportsToolCalling: yes } });
    const [refused, bare, able] = [
      fakeModel("r"),
      fakeModel("bare", says("x"), tools(false)),
      fakeModel("able", says("x"), tools(true)),
    ];
    const here = world([refused, bare, able]);
    here.source.refused.add("r");
    await here.pool.refresh();
    here.route = down;
    const record = await here.ask({
      options: inConversation("c", { tools: [{ name: "t", description: "" }] }),
    });
    expect(record?.ran?.editorId).toBe("able");
    expect(refused.sent).toEqual([]);
  });

  it("what the last decision left out is not asked, though nothing else is offered any more", async () => {
    const [good, denied] = [fakeModel("good"), fakeModel("denied")];
    const here = world([good, denied]);
    here.route = (params) => Promise.resolve(routeTo(params, "good"));
    await here.ask("hello");
    here.route = down;
    here.source.models = [denied];
    await here.pool.refresh();
    await expect(here.ask("more")).rejects.toThrow(/server does not answer, and no model.*Restart Server/);
    expect(denied.sent).toEqual([]);
  });

  it("a policy that leaves no model is obeyed, not routed around", async () => {
    const model = fakeModel("m");
    const here = world([model]);
    here.route = (params) => Promise.resolve().then(() => routeTo(params));
    await expect(here.ask("hello")).rejects.toThrow(/no model that may answer: no model may answer/);
    expect(model.sent).toEqual([]);
    expect(here.complaints).toEqual(["excluded"]);
  });
});

it("no models at all is one sentence with an action", async () => {
  const here = world([]);
  await expect(here.ask("hello")).rejects.toThrow(/no models to choose from.*Manage Language Models/);
  expect(here.complaints).toEqual(["noModels"]);
});

it.each([
  ["while the request is routed", says("x")],
  ["while it is asked", fails(vscode.LanguageModelError.NotFound("gone"))],
])("the last model that vanishes %s is no models at all, too", async (when, behaviour) => {
  const here = world([fakeModel("m", behaviour)]);
  here.route = async (params) => {
    const route = routeTo(params, "m");
    here.source.models = [];
    if (when.includes("routed")) await here.pool.refresh();
    return route;
  };
  await expect(here.ask("hello")).rejects.toThrow(/no models to choose from.*Manage Language Models/);
  expect(here.complaints).toEqual(["noModels"]);
});

it("the decision's models that the editor no longer offers are passed over", async () => {
  const here = world([fakeModel("m")]);
  here.route = (params) => {
    const route = routeTo(params, "m");
    return Promise.resolve({
      ...route,
      candidates: [{ ...route.chosenModel, editorId: "gone" }, ...route.candidates],
    });
  };
  expect((await here.ask("hello"))?.ran?.editorId).toBe("m");
});
