import { expect, it } from "vitest";
import { Backoff } from "../../../src/server/backoff";

it("pauses longer after each crash, and gives up at the fifth in three minutes", () => {
  const backoff = new Backoff(() => 0);
  const pauses = Array.from({ length: 5 }, () => backoff.crashed());
  expect(pauses.slice(0, 4)).toEqual([...pauses.slice(0, 4)].sort((a, b) => (a ?? 0) - (b ?? 0)));
  expect(pauses.slice(0, 4)).not.toContain(null);
  expect(pauses[4]).toBeNull();
});

it("forgets crashes of more than three minutes ago", () => {
  let now = 0;
  const backoff = new Backoff(() => now);
  for (let i = 0; i < 20; i++, now += 46_000) expect(backoff.crashed()).not.toBeNull();
  expect(backoff.recent).toBe(3);
});

it("starts over when the user does", () => {
  const backoff = new Backoff(() => 0);
  for (let i = 0; i < 5; i++) backoff.crashed();
  backoff.forget();
  expect(backoff.crashed()).toBe(250);
});
