/** Installs the predictor's native parts: pinned, checked, and in one step. */
import { randomUUID } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import type { Bundled } from "../command";
import { run } from "../process";
import type { Facts } from "../python/interpreter";
import { explain, InstallFailure } from "./failures";
import { alone } from "./lock";

export interface Installation {
  readonly bundled: Bundled;
  readonly python: Facts;
  /** What is to come to be; its siblings' names begin with it while they do. */
  readonly folder: string;
  /** `hydraAuto.wheels`; empty: from the package index. */
  readonly wheels: string;
  /** Hears what is done, line by line. */
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Makes `folder` be there and whole. Where another window does the same it is waited for, and what it made is
 * taken. Whatever fails, nothing half-done stays.
 *
 * @throws InstallFailure.
 */
export async function install(installation: Installation): Promise<void> {
  const { folder, signal, wheels } = installation;
  if (wheels !== "" && !(isAbsolute(wheels) && isFolder(wheels)))
    throw new InstallFailure(
      "wheelsFolder",
      `“hydraAuto.wheels” names ${wheels}, which is no folder; correct it, or clear it to download.`,
    );
  try {
    await alone(`${folder}.lock`, () => installAlone(installation), signal);
  } catch (error) {
    if (signal.aborted) throw new InstallFailure("cancelled", "The installation was cancelled.");
    throw error instanceof InstallFailure ? error : explain([messageOf(error)], "", wheels);
  }
}

async function installAlone(installation: Installation): Promise<void> {
  const { folder } = installation;
  if (existsSync(folder)) return;
  const begun = await siblings(folder, (name) => name.startsWith(`${basename(folder)}.part-`));
  await Promise.all(begun.map(remove));
  const part = `${folder}.part-${randomUUID()}`;
  await mkdir(part, { recursive: true });
  try {
    await fill(installation, part);
    await rename(part, folder).catch((error: unknown) => {
      // Another window was faster all the same, and what it made is as good.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await remove(part);
  }
  await Promise.all((await siblings(folder, (name) => isOutdated(name, basename(folder)))).map(remove));
}

/** Installs into `part` and proves that the predictor works with it. */
async function fill(installation: Installation, part: string): Promise<void> {
  const { bundled, python, wheels, onLine, signal } = installation;
  const name = `Python ${python.version.slice(0, 2).join(".")} (${python.machine})`;
  const pip = await run(bundled.install(python.executable, part, wheels), { signal, onLine });
  if (pip.code !== 0) throw explain(pip.lines, name, wheels);
  onLine("Checking");
  const check = await run(bundled.check(python.executable, part), { signal, onLine });
  if (check.code !== 0)
    throw new InstallFailure(
      "unusable",
      `The predictor's parts do not work with ${name} on this machine (${check.lines.at(-1) ?? "they crash"}); choose another Python, or go on with the fixed rule.`,
    );
}

async function siblings(folder: string, wanted: (name: string) => boolean): Promise<string[]> {
  const names = await readdir(dirname(folder)).catch(() => []);
  return names.filter(wanted).map((name) => join(dirname(folder), name));
}

/** A folder for the same Python with other pins: of an older version of the extension. */
function isOutdated(name: string, folder: string): boolean {
  const python = (text: string) => text.slice(0, text.lastIndexOf("-"));
  return /-[0-9a-f]{12}$/.test(name) && name !== folder && python(name) === python(folder);
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
