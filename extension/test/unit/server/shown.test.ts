import { expect, it } from "vitest";
import type { ServerState } from "../../../src/contracts";
import { debugInformation } from "../../../src/server/debugInformation";
import { healthOf } from "../../../src/server/languageStatus";
import { stepOf } from "../../../src/server/native/consent";
import { nativeFolder } from "../../../src/server/native/folder";
import { join } from "node:path";

const RUNNING: ServerState = { phase: "running", pid: 7, version: "0.1.0" };
const ready = { state: "ready", reason: null, bundle: "bundle-1" } as const;
const failed = { state: "failed", reason: "parts are missing", bundle: null } as const;

it("shows how the server fares, with what helps", () => {
  const shown = [
    healthOf({ phase: "starting" }, undefined),
    healthOf(RUNNING, undefined),
    healthOf(RUNNING, ready),
    healthOf(RUNNING, failed),
    healthOf({ phase: "waiting", reason: "It crashed." }, undefined),
    healthOf({ phase: "failed", reason: "No Python." }, undefined),
  ];
  expect(shown.map(({ text, severity, busy, command }) => [text, severity, busy, command.command])).toEqual([
    ["Auto: loading", "information", true, "hydraAuto.showLogs"],
    ["Auto: loading", "information", true, "hydraAuto.showLogs"],
    ["Auto: ready", "information", false, "hydraAuto.showLogs"],
    ["Auto: no predictor", "warning", false, "hydraAuto.installPredictor"],
    ["Auto: restarting", "warning", true, "hydraAuto.restart"],
    ["Auto: no server", "error", false, "hydraAuto.restart"],
  ]);
  expect(shown[3]?.detail).toContain("parts are missing");
  expect(shown[5]?.detail).toBe("No Python.");
});

it("prints debug information without the catalog's content and the user's name", () => {
  const text = debugInformation({
    ...{ extension: "0.1.0", editor: "Code 1.139", system: "linux", trusted: true, crashes: 1 },
    home: "/home/ada",
    state: RUNNING,
    interpreter: {
      ...{ executable: "/home/ada/py", version: [3, 12, 1], abi: ".so", machine: "x86_64", source: "PATH" },
    },
    problem: undefined,
    native: "/home/ada/native",
    status: undefined,
    settings: {
      ...{ tier: "balance", statusBar: true, stickiness: {}, deadlineMs: 1, silenceSeconds: 2 },
      ...{ logPrompts: false, organisationCatalog: "", interpreter: "", wheels: "/home/ada/wheels" },
      catalog: { models: [{ id: "secret-model" }] },
    },
  });
  expect(text).toContain("Python: 3.12.1 from PATH, ~/py");
  expect(text).toContain('"catalog":["models"]');
  expect(text).not.toMatch(/ada|secret-model/);
});

it("tells of pip's lines those that say something", () => {
  expect(stepOf("Downloading ctranslate2-4.8.5-cp313-cp313-manylinux_2_27_x86_64.whl (42.7 MB)")).toBe(
    "ctranslate2 (42.7 MB)",
  );
  expect(stepOf("Processing /w/numpy-2.5.5-cp313-cp313-manylinux_2_28_x86_64.whl (from -r x)")).toBe("numpy");
  expect(stepOf("Installing collected packages: tokenizers, numpy")).toBe("unpacking");
  expect(stepOf("Checking")).toBe("checking that it works");
  expect(stepOf("Looking in links: /opt/wheels")).toBeUndefined();
});

it("keeps the parts of each Python and of each set of pins apart", () => {
  const lock = (name: string) => join(__dirname, "../../../bundled", name);
  const cp311 = { abi: ".cpython-311-x86_64-linux-gnu.so", machine: "x86_64" };
  const folder = nativeFolder("/storage", cp311, lock("native.txt"));
  expect(folder).toMatch(/^\/storage\/native\/cpython-311-x86_64-linux-gnu-x86_64-[0-9a-f]{12}$/);
  const others = [
    nativeFolder("/storage", { ...cp311, abi: ".cpython-312-x86_64-linux-gnu.so" }, lock("native.txt")),
    nativeFolder("/storage", { ...cp311, machine: "arm64" }, lock("native.txt")),
    nativeFolder("/storage", cp311, lock("libs.txt")),
  ];
  expect(new Set([folder, ...others]).size).toBe(4);
});
