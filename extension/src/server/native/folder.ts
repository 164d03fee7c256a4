/** Where the predictor's native parts lie: one folder for each kind of Python and each set of pins. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Facts } from "../python/interpreter";

/**
 * `storage`/native/ABI-machine-pins. A folder of that name is whole: it comes to be by renaming one that is
 * finished and was seen to work.
 */
export function nativeFolder(storage: string, python: Pick<Facts, "abi" | "machine">, lock: string): string {
  const abi = python.abi.replace(/^\./, "").replace(/\.(so|pyd)$/, "");
  const name = [abi, python.machine, pinsOf(lock)].join("-").replace(/[^\w.-]/g, "_");
  return join(storage, "native", name);
}

/** The native parts of that Python, null where they are not installed. */
export function installedParts(folder: string): string | null {
  return existsSync(folder) ? folder : null;
}

/** The beginning of the pins' SHA-256, whatever line ends the checkout gave the file. */
export function pinsOf(lock: string): string {
  const text = readFileSync(lock, "utf8").replaceAll("\r\n", "\n");
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}
