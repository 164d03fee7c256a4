/** One at a time over all windows: a lock file that its holder keeps fresh. */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

export interface LockTimes {
  readonly refreshMs: number;
  /** A lock that was not refreshed for so long belongs to a window that is gone. */
  readonly staleMs: number;
  readonly retryMs: number;
}

const TIMES: LockTimes = { refreshMs: 2_000, staleMs: 20_000, retryMs: 250 };

/**
 * Runs `work` while no other window does. Two may still meet where a machine slept in between; what they
 * make must then come to be in one step, as a rename does.
 *
 * @throws what `work` throws; the signal's reason where it is aborted while waiting.
 */
export async function alone<T>(
  file: string,
  work: () => Promise<T>,
  signal?: AbortSignal,
  times: LockTimes = TIMES,
): Promise<T> {
  const token = randomUUID();
  await mkdir(dirname(file), { recursive: true });
  while (!(await take(file, token))) {
    if (await isStale(file, times.staleMs)) await rm(file, { force: true });
    else await pause(times.retryMs, undefined, signal === undefined ? {} : { signal });
  }
  const refreshing = setInterval(() => void refresh(file), times.refreshMs);
  try {
    return await work();
  } finally {
    clearInterval(refreshing);
    if ((await readFile(file, "utf8").catch(() => "")) === token) await rm(file, { force: true });
  }
}

async function take(file: string, token: string): Promise<boolean> {
  try {
    await writeFile(file, token, { flag: "wx" });
    return true;
  } catch (error) {
    // On Windows a file that is being removed refuses with EPERM.
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || (code === "EPERM" && process.platform === "win32")) return false;
    throw error;
  }
}

async function isStale(file: string, staleMs: number): Promise<boolean> {
  try {
    return Date.now() - (await stat(file)).mtimeMs > staleMs;
  } catch {
    return false; // Just released.
  }
}

async function refresh(file: string): Promise<void> {
  const now = new Date();
  await utimes(file, now, now).catch(() => undefined);
}
