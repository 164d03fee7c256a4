/** What routing costs in the workbench: printed, not asserted. */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { PRINTED } from "../printed";
import { EASY, HARD, MIDDLE } from "../prompts";
import { ask, behave, scored, script, talk, user } from "./helpers";

const ROUNDS = 30;

export async function printFigures(): Promise<void> {
  const { decisions } = await scored();
  await behave();
  const prompts = [EASY, MIDDLE, HARD];
  const through: number[] = [];
  const direct: number[] = [];
  const routing: number[] = [];
  const [model] = await vscode.lm.selectChatModels({ vendor: "test-models", id: "mid" });
  for (let round = 0; round < ROUNDS; round++) {
    const prompt = `${prompts[round % 3] ?? EASY} (${String(round)})`;
    through.push(await untilSeen(() => ask(prompt, talk())));
    routing.push(decisions.last?.routingMs ?? Number.NaN);
    direct.push(
      await untilSeen(async () => {
        const response = await model?.sendRequest([user(prompt)]);
        for await (const part of response?.stream ?? []) assert.ok(part);
      }),
    );
  }
  const figures = {
    rounds: ROUNDS,
    sendToModelThroughAutoMs: median(through),
    sendToModelDirectMs: median(direct),
    routingMs: median(routing),
  };
  console.log(PRINTED + JSON.stringify(figures));
}

/** Milliseconds from sending to the model's having the request. */
async function untilSeen(send: () => Promise<unknown>): Promise<number> {
  script.forget();
  const started = Date.now();
  await send();
  return (script.seen()[0]?.at ?? Number.NaN) - started;
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
