/** What went wrong with an installation: one sentence, and what kind of thing it is. */

/** `cancelled` is no failure: the user wanted it. */
export type FailureKind =
  "cancelled" | "offline" | "wheelsFolder" | "noWheel" | "hash" | "space" | "unusable" | "other";

export class InstallFailure extends Error {
  override readonly name = "InstallFailure";
  constructor(
    readonly kind: FailureKind,
    message: string,
  ) {
    super(message);
  }
}

const CONNECTION =
  /NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Max retries exceeded|Connection (refused|reset|aborted)|connection broken|timed out|Failed to (connect|establish)|name resolution/i;

/** Reads what pip printed. `python` names the interpreter as in "Python 3.11 (x86_64)"; `wheels` is the setting. */
export function explain(lines: readonly string[], python: string, wheels: string): InstallFailure {
  const text = lines.join("\n");
  if (/DO NOT MATCH THE HASHES|HashMismatch/i.test(text))
    return new InstallFailure(
      "hash",
      "A file for the predictor is not the one that this version is pinned to, so nothing was installed; retry, or check where your package index gets its files.",
    );
  if (/No space left|not enough space|ENOSPC/i.test(text))
    return new InstallFailure(
      "space",
      "The disk is full: the predictor's parts need about 300 MB; free some and retry.",
    );
  const missing = /(?:satisfies the requirement|distribution found for) ([\w.-]+)/.exec(text)?.[1];
  if (wheels !== "" && missing !== undefined)
    return new InstallFailure(
      "noWheel",
      `The folder ${wheels} holds no pinned wheel of ${missing} for ${python}; add it, or clear “hydraAuto.wheels” to download.`,
    );
  if (CONNECTION.test(text))
    return new InstallFailure(
      "offline",
      "The package index cannot be reached from this machine; go online and retry, or name a folder with the wheels in “hydraAuto.wheels”.",
    );
  if (missing !== undefined)
    return new InstallFailure(
      "noWheel",
      `There is no ready-made ${missing} for ${python}; choose another Python, or go on with the fixed rule.`,
    );
  const last = lines.findLast((line) => line.startsWith("ERROR")) ?? lines.at(-1) ?? "pip said nothing";
  return new InstallFailure(
    "other",
    `The predictor could not be installed: ${last.replace(/^ERROR:\s*/, "")}; the log has more.`,
  );
}
