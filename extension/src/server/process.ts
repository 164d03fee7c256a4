/** Runs a command to its end. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Command } from "./command";

export interface Ended {
  /** Null where it was killed or could not be started. */
  readonly code: number | null;
  readonly lines: readonly string[];
}

export interface RunOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly onLine?: (line: string) => void;
}

/** Never rejects: what could not be started is said in the last line. */
export function run(command: Command, { signal, timeoutMs, onLine }: RunOptions = {}): Promise<Ended> {
  const { executable, args, cwd, env } = command;
  const lines: string[] = [];
  const hear = (line: string): void => {
    lines.push(line);
    onLine?.(line);
  };
  return new Promise((resolve) => {
    const child = spawn(executable, args, {
      ...{ cwd, env, windowsHide: true },
      stdio: ["ignore", "pipe", "pipe"],
      ...(signal === undefined ? {} : { signal }),
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: "SIGKILL" }),
    });
    for (const stream of [child.stdout, child.stderr]) createInterface(stream).on("line", hear);
    child.once("error", (error) => {
      hear(error.message);
      if (child.pid === undefined) resolve({ code: null, lines });
    });
    child.once("close", (code) => resolve({ code, lines }));
  });
}
