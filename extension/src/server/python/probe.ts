/** Asks a Python what it is. */
import type { Bundled } from "../command";
import { run } from "../process";
import type { Facts } from "./interpreter";

const PATIENCE_MS = 10_000;

/** Its facts, or what is wrong with it, as a clause after "which". */
export async function probe(bundled: Bundled, executable: string): Promise<Facts | string> {
  const { code, lines } = await run(bundled.probe(executable), { timeoutMs: PATIENCE_MS });
  if (code !== 0) return `cannot be run (${lines.at(-1) ?? "it does not answer"})`;
  const facts = parsed(lines.at(-1) ?? "");
  return facts ?? "does not answer as a Python does";
}

function parsed(line: string): Facts | undefined {
  try {
    const facts = JSON.parse(line) as Partial<Facts>;
    const { executable, version, abi, machine } = facts;
    if (!Array.isArray(version) || !executable || typeof abi !== "string" || typeof machine !== "string")
      return undefined;
    return { executable, version, abi, machine };
  } catch {
    return undefined;
  }
}
