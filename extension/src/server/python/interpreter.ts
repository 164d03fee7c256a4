/** Which Python runs the server: the setting's, else the Python extension's, else the first good one on PATH. */

export const OLDEST = [3, 11] as const;

export type Source = "setting" | "extension" | "PATH";

/** What a Python says of itself. */
export interface Facts {
  readonly executable: string;
  readonly version: readonly number[];
  /** Suffix of its extension modules: version, platform and flavour in one. */
  readonly abi: string;
  readonly machine: string;
}

export interface Interpreter extends Facts {
  readonly source: Source;
}

export interface Sources {
  /** `hydraAuto.interpreter`; empty: not set. */
  readonly setting: string;
  /** What the Python extensions offer, best first; asked only where there is no setting. */
  readonly extensions: () => Promise<readonly string[]>;
  readonly onPath: () => readonly string[];
  /** Facts, or a clause that says what is wrong with it. */
  readonly probe: (executable: string) => Promise<Facts | string>;
}

export type Found =
  | { readonly interpreter: Interpreter; readonly problem?: undefined }
  | { readonly interpreter?: undefined; readonly problem: string };

/** A setting is obeyed or complained about; nobody falls through it to a Python that was not meant. */
export async function discover(sources: Sources): Promise<Found> {
  if (sources.setting !== "") {
    const looked = await look(sources, sources.setting, "setting");
    return typeof looked === "string" ? { problem: `“hydraAuto.interpreter” names ${looked}.` } : looked;
  }
  const faults: string[] = [];
  const seen = new Set<string>();
  for (const [source, list] of [
    ["extension", sources.extensions],
    ["PATH", sources.onPath],
  ] as const) {
    for (const executable of await list()) {
      if (seen.has(executable)) continue;
      seen.add(executable);
      const looked = await look(sources, executable, source);
      if (typeof looked !== "string") return looked;
      faults.push(looked);
    }
  }
  const tried = faults.length === 0 ? "" : ` (tried ${faults.join("; ")})`;
  return { problem: `No Python ${OLDEST.join(".")} or newer was found${tried}.` };
}

async function look(sources: Sources, executable: string, source: Source): Promise<Found | string> {
  const facts = await sources.probe(executable);
  if (typeof facts === "string") return `${executable}, which ${facts}`;
  if (!isNewEnough(facts.version))
    return `${executable}, which is Python ${facts.version.join(".")} and not ${OLDEST.join(".")} or newer`;
  return { interpreter: { ...facts, source } };
}

export function isNewEnough([major = 0, minor = 0]: readonly number[]): boolean {
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}
