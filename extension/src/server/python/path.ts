/** The Pythons on PATH. */
import { existsSync } from "node:fs";
import { posix, win32 } from "node:path";

const MINORS = [14, 13, 12, 11];

/**
 * Files that may be a Python, in PATH's order name by name: `python3`, `python`, then by version, newest
 * first. Relative folders of PATH are left out: they would mean wherever the editor happens to stand.
 */
export function pythonsOnPath(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  exists: (file: string) => boolean = existsSync,
): string[] {
  const windows = platform === "win32";
  const paths = windows ? win32 : posix;
  const path = Object.entries(env).find(([name]) => (windows ? name.toUpperCase() : name) === "PATH")?.[1];
  const folders = (path ?? "").split(paths.delimiter).filter((folder) => paths.isAbsolute(folder));
  const names = windows
    ? ["python3.exe", "python.exe"]
    : ["python3", "python", ...MINORS.map((minor) => `python3.${minor}`)];
  const files = names.flatMap((name) => folders.map((folder) => paths.join(folder, name)));
  return [...new Set(files)].filter((file) => exists(file));
}
