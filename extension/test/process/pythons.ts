/** The Pythons and wheels of the tests with real processes. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Bundled } from "../../src/server/command";
import { pinsOf } from "../../src/server/native/folder";
import { run } from "../../src/server/process";
import type { Facts } from "../../src/server/python/interpreter";
import { probe } from "../../src/server/python/probe";

export const EXTENSION = resolve(__dirname, "../..");
export const bundled = new Bundled(EXTENSION);

const OUT = join(EXTENSION, "out");
const PYTHON = process.env.HYDRA_TEST_PYTHON ?? "python3";

/** Fills bundled/, which the tests start from. */
export function bundle(): void {
  execFileSync(PYTHON, [join(EXTENSION, "scripts/bundle.py")], { stdio: ["ignore", "ignore", "inherit"] });
}

/** A Python with nothing but its standard library, not even pip: as Debian's is. */
export async function barePython(folder: string): Promise<Facts> {
  const base = execFileSync(PYTHON, ["-I", "-c", "import sys; print(sys._base_executable)"], {
    encoding: "utf8",
  });
  execFileSync(base.trim(), ["-I", "-m", "venv", "--without-pip", folder]);
  const facts = await probe(bundled, join(folder, "bin/python"));
  if (typeof facts === "string") throw new Error(facts);
  return facts;
}

/** A folder with the pinned wheels for that Python, downloaded once. */
export async function wheelsFor(python: Facts): Promise<string> {
  const folder = join(OUT, `wheels-${python.version.slice(0, 2).join(".")}-${pinsOf(bundled.lock)}`);
  if (existsSync(folder)) return folder;
  const { args, ...command } = bundled.install(python.executable, `${folder}.part`, "");
  const download = args.map((arg) => ({ install: "download", "--target": "--dest" })[arg] ?? arg);
  const { code, lines } = await run({ ...command, args: download.filter((arg) => arg !== "--no-compile") });
  if (code !== 0) throw new Error(lines.join("\n"));
  renameSync(`${folder}.part`, folder);
  return folder;
}

/** A file that is called like a Python and does what `script` says. */
export function fakePython(folder: string, name: string, script: string): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}
