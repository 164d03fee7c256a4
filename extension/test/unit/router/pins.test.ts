import { expect, it } from "vitest";
import * as vscode from "vscode";
import { type ServerController, type ServerState, ServerUnavailable } from "../../../src/contracts";
import { createRouterClient } from "../../../src/router/client";
import type { PinParams } from "../../../src/wire/protocol";

/** A server that is told pins, and its client. */
function setUp() {
  const states = new vscode.EventEmitter<ServerState>();
  const told: PinParams[] = [];
  const here = { down: false };
  const server = {
    onDidChangeState: states.event,
    request: async (_method: string, pin: PinParams) => {
      if (here.down) throw new ServerUnavailable("It is down.");
      told.push(pin);
      return { pinned: pin.model };
    },
  } as unknown as ServerController;
  const router = createRouterClient(server, () => 1000);
  const restarted = (): PinParams[] => {
    told.length = 0;
    for (const phase of ["waiting", "starting", "running"] as const) states.fire({ phase });
    return told;
  };
  return { router, here, restarted };
}

it("a pin outlives the server that was told it, with its vendor; one that was taken out does not", async () => {
  const { router, restarted } = setUp();
  await router.pin("a", "opus", "copilot");
  await router.pin("b", "haiku");
  await router.pin("b", null);
  await router.pin("c", "haiku");
  await router.pin("c", "gpt", "own");
  const pins = [
    { conversationId: "a", model: "opus", vendor: "copilot" },
    { conversationId: "c", model: "gpt", vendor: "own" },
  ];
  expect(restarted()).toEqual(pins);
  expect(restarted()).toEqual(pins);
});

it("a pin that the server did not take is not kept, and the oldest of too many go", async () => {
  const { router, here, restarted } = setUp();
  here.down = true;
  await expect(router.pin("a", "opus")).rejects.toBeInstanceOf(ServerUnavailable);
  here.down = false;
  for (let i = 0; i < 51; i++) await router.pin(`c${i}`, "opus");
  expect(restarted().map(({ conversationId }) => conversationId)).toEqual(
    Array.from({ length: 50 }, (_, i) => `c${i + 1}`),
  );
});

it("a disposed client tells nothing more", async () => {
  const { router, restarted } = setUp();
  await router.pin("a", "opus");
  router.dispose();
  expect(restarted()).toEqual([]);
});
