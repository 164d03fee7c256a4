import { describe, expect, it } from "vitest";
import { explain } from "../../../src/server/native/failures";

const PYTHON = "Python 3.14 (riscv64)";
const NONE = "ERROR: No matching distribution found for ctranslate2==4.8.5";

describe("pip's failures are told in one sentence with a way out", () => {
  it.each([
    ["hash", "", ["ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."], /retry/],
    [
      "space",
      "",
      ["ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"],
      /free/,
    ],
    [
      "offline",
      "",
      ["WARNING: Retrying after connection broken by 'NewConnectionError(...)'", NONE],
      /go online and retry/,
    ],
    ["noWheel", "", [NONE], /no ready-made ctranslate2 for Python 3\.14 \(riscv64\); choose another/],
    ["noWheel", "/wheels", [NONE], /\/wheels holds no pinned wheel of ctranslate2.*add it/],
    ["other", "", ["ERROR: Something new", "  detail"], /Something new; the log/],
    ["other", "", [], /pip said nothing/],
  ] as const)("%s, wheels %j", (kind, wheels, lines, message) => {
    const failure = explain(lines, PYTHON, wheels);
    expect(failure.kind).toBe(kind);
    expect(failure.message).toMatch(message);
    expect(failure.message).not.toMatch(/\n/);
  });
});
