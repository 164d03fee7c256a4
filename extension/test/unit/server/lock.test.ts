import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { alone } from "../../../src/server/native/lock";

const TIMES = { refreshMs: 20, staleMs: 1_000, retryMs: 5 };
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hydra-lock-"));
  file = join(folder, "deep", "lock");
});
afterEach(() => rmSync(folder, { recursive: true }));

it("lets one work at a time, and the next afterwards", async () => {
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await pause(20);
    inside--;
  };
  await Promise.all(Array.from({ length: 4 }, () => alone(file, work, undefined, TIMES)));
  expect(most).toBe(1);
  expect(existsSync(file)).toBe(false);
});

it("is released by a failure", async () => {
  const failing = alone(file, () => Promise.reject(new Error("no")), undefined, TIMES);
  await expect(failing).rejects.toThrow("no");
  expect(await alone(file, () => Promise.resolve("yes"), undefined, TIMES)).toBe("yes");
});

it("is taken from a window that is gone", async () => {
  await alone(file, () => Promise.resolve(), undefined, TIMES);
  writeFileSync(file, "gone");
  const past = new Date(Date.now() - 5_000);
  utimesSync(file, past, past);
  expect(await alone(file, () => Promise.resolve("mine"), undefined, TIMES)).toBe("mine");
});

it("is kept by a window that works for long", async () => {
  let taken = false;
  const holder = alone(
    file,
    async () => {
      await pause(1_500);
      expect(taken).toBe(false);
    },
    undefined,
    TIMES,
  );
  await pause(50);
  const waiter = alone(file, () => Promise.resolve((taken = true)), undefined, TIMES);
  await Promise.all([holder, waiter]);
});

it("stops waiting when it is told to, and leaves the other's lock", async () => {
  const abort = new AbortController();
  await alone(file, () => Promise.resolve(), undefined, TIMES);
  writeFileSync(file, "other");
  const waiting = alone(file, () => Promise.resolve(), abort.signal, { ...TIMES, staleMs: 60_000 });
  setTimeout(() => abort.abort(), 30);
  await expect(waiting).rejects.toThrow();
  expect(readFileSync(file, "utf8")).toBe("other");
});
