import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Backoff } from "../../src/server/backoff";
import { ServerLife } from "../../src/server/life";
import type { FailureKind } from "../../src/server/native/failures";
import { nativeFolder } from "../../src/server/native/folder";
import { install, type Installation } from "../../src/server/native/install";
import { run } from "../../src/server/process";
import { discover, type Facts } from "../../src/server/python/interpreter";
import { probe } from "../../src/server/python/probe";
import { barePython, bundle, bundled, EXTENSION, fakePython, wheelsFor } from "./pythons";
import { settledPredictor, type Talk, talkTo } from "./talk";

// Processes take the time that a busy machine gives them.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const PROMPT = "Prove that this scheduler never deadlocks, then fix the race in it.";
let root: string;
let python: Facts;
let wheels: string;
/** The native parts, installed by two windows at once. */
let native: string;
let printed: string[];
const talks: Talk[] = [];

async function talk(parts: string | null): Promise<Talk> {
  const started = await talkTo(bundled.server(python.executable, parts));
  talks.push(started);
  return started;
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "hydra-process-"));
  bundle();
  python = await barePython(join(root, "bare"));
  wheels = await wheelsFor(python);
  native = nativeFolder(join(root, "storage"), python, bundled.lock);
}, 600_000);

afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(talks.splice(0).map((one) => one.stop()));
});
afterAll(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));

async function installInTwoWindows(): Promise<string[]> {
  const outfile = join(root, "installer.cjs");
  const entryPoints = [join(__dirname, "installer.ts")];
  await esbuild.build({ entryPoints, outfile, bundle: true, platform: "node", logLevel: "error" });
  const args = [outfile, EXTENSION, JSON.stringify(python), native, wheels];
  const window = { executable: process.execPath, args, cwd: root, env: process.env };
  const windows = await Promise.all([run(window), run(window)]);
  expect(windows.map(({ code, lines }) => (code === 0 ? 0 : lines))).toEqual([0, 0]);
  return windows.flatMap(({ lines }) => lines);
}

describe("before anything is installed", () => {
  it("the bundled server answers with the flagged fallback, on a Python without even pip", async () => {
    expect((await run({ ...bundled.probe(python.executable), args: ["-I", "-m", "pip"] })).code).not.toBe(0);
    const server = await talk(null);
    expect(await settledPredictor(server)).toMatchObject({ state: "failed" });
    const { fallback, fallbackReason, chosenModel } = await server.route({ prompt: PROMPT });
    expect(fallback).toBe(true);
    expect(fallbackReason).toMatch(/native parts are missing/);
    expect(chosenModel.id).not.toBe("");
  });

  it("the check says what is missing", async () => {
    const { code, lines } = await run(bundled.check(python.executable, null));
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatch(/^ModuleNotFoundError: /);
  });

  it("a killed server is started again, and answers", async () => {
    let session: Talk | undefined;
    const life = new ServerLife({
      open: async () => (session = await talk(null)),
      backoff: new Backoff(),
      changed: () => undefined,
      started: () => undefined,
      unstartable: (reason) => expect.fail(reason),
      gaveUp: (reason) => expect.fail(reason),
      log: { info: () => undefined, warn: () => undefined },
    });
    await life.start();
    const { pid } = life.state;
    session?.child.kill("SIGKILL");
    const back = () => {
      expect(life.state.phase).toBe("running");
      expect(life.state.pid).not.toBe(pid);
    };
    await vi.waitFor(back, { timeout: 60_000, interval: 50 });
    expect(await life.request("hydra/status", {})).toMatchObject({ version: expect.any(String) as string });
    await life.stop();
  });
});

describe("installed from a folder of wheels, by two windows at once", () => {
  beforeAll(async () => {
    printed = await installInTwoWindows();
  }, 600_000);

  it("the parts are installed once, and nothing else is left", () => {
    expect(printed.filter((line) => line.startsWith("Successfully installed"))).toHaveLength(1);
    const storage = join(root, "storage/native");
    expect(readdirSync(storage).map((name) => join(storage, name))).toEqual([native]);
  });

  it("requests are scored", async () => {
    const server = await talk(native);
    expect(await settledPredictor(server)).toMatchObject({ state: "ready" });
    const easy = await server.route({ prompt: "rename x to y" });
    const hard = await server.route({ prompt: PROMPT });
    expect([easy.fallback, hard.fallback]).toEqual([false, false]);
    expect(hard.scores.reasoning).toBeGreaterThan(easy.scores.reasoning);
  });

  it("it takes over at once where the parts are there", async () => {
    const lines: string[] = [];
    await install(installation({ folder: native, onLine: (line) => lines.push(line) }));
    expect(lines).toEqual([]);
  });

  it("a workspace's own numpy.py, hydra_auto/ and sitecustomize.py change nothing", async () => {
    const trap = join(root, "workspace");
    mkdirSync(join(trap, "hydra_auto"), { recursive: true });
    const sprung = join(root, "sprung");
    for (const name of ["numpy.py", "ctranslate2.py", "hydra_auto/__init__.py", "sitecustomize.py"])
      writeFileSync(join(trap, name), `open(${JSON.stringify(sprung)}, "a").write("${name}")\n`);
    vi.stubEnv("PYTHONPATH", trap);
    vi.stubEnv("PYTHONSTARTUP", join(trap, "numpy.py"));
    vi.stubEnv("PYTHONHOME", trap);
    const before = process.cwd();
    process.chdir(trap);
    try {
      const server = await talk(native);
      expect(await settledPredictor(server)).toMatchObject({ state: "ready" });
      expect((await server.route({ prompt: PROMPT })).fallback).toBe(false);
      expect(existsSync(sprung)).toBe(false);
      const env = { ...process.env, PYTHONHOME: undefined };
      execFileSync(python.executable, ["-c", "import hydra_auto"], { cwd: trap, env });
      expect(existsSync(sprung), "the trap itself works").toBe(true);
    } finally {
      process.chdir(before);
    }
  });
});

function installation(given: Partial<Installation> = {}): Installation {
  const folder = nativeFolder(join(root, "other"), python, bundled.lock);
  const signal = new AbortController().signal;
  return { bundled, python, folder, wheels, onLine: () => undefined, signal, ...given };
}

describe("an installation that fails leaves nothing, and says what to do", () => {
  async function failing(given: Partial<Installation>): Promise<[FailureKind, string]> {
    const failure = await install(installation(given)).then(
      () => expect.fail("it was installed"),
      (error: unknown) => error as { kind: FailureKind; message: string },
    );
    const storage = join(root, "other/native");
    expect(existsSync(storage) ? readdirSync(storage) : []).toEqual([]);
    return [failure.kind, failure.message];
  }

  it("offline", async () => {
    for (const [name, value] of Object.entries({
      ...{ PIP_CONFIG_FILE: "/dev/null", PIP_INDEX_URL: "http://127.0.0.1:9/simple" },
      ...{ PIP_EXTRA_INDEX_URL: "", PIP_FIND_LINKS: "", PIP_DEFAULT_TIMEOUT: "2" },
    }))
      vi.stubEnv(name, value);
    expect(await failing({ wheels: "" })).toEqual(["offline", expect.stringMatching(/hydraAuto\.wheels/)]);
  });

  it("a wheels folder that is none", async () => {
    expect((await failing({ wheels: join(root, "nowhere") }))[0]).toBe("wheelsFolder");
    expect((await failing({ wheels: "relative" }))[0]).toBe("wheelsFolder");
  });

  it("a wheels folder without a wheel", async () => {
    vi.stubEnv("PIP_FIND_LINKS", "");
    vi.stubEnv("PIP_CONFIG_FILE", "/dev/null");
    expect(await failing({ wheels: root })).toEqual(["noWheel", expect.stringMatching(/ctranslate2/)]);
  });

  it("a wheel that is not the pinned one", async () => {
    vi.stubEnv("PIP_FIND_LINKS", "");
    vi.stubEnv("PIP_CONFIG_FILE", "/dev/null");
    const tampered = join(root, "tampered");
    mkdirSync(tampered);
    for (const name of readdirSync(wheels)) copyFileSync(join(wheels, name), join(tampered, name));
    const small = readdirSync(tampered).find((name) => name.startsWith("tokenizers")) ?? expect.fail();
    writeFileSync(join(tampered, small), "x", { flag: "a" });
    expect((await failing({ wheels: tampered }))[0]).toBe("hash");
  });

  it("cancelled", async () => {
    const abort = new AbortController();
    const onLine = (): void => abort.abort();
    expect((await failing({ signal: abort.signal, onLine }))[0]).toBe("cancelled");
  });

  it("a Python that installs what does not work", async () => {
    const real = JSON.stringify(python.executable);
    const script = `case "$*" in *--check*) echo "ImportError: no such instruction" >&2; exit 1;; esac\nexit 0`;
    const broken = { ...python, executable: fakePython(root, "broken", script) };
    expect(real).not.toContain("broken");
    expect(await failing({ python: broken })).toEqual([
      "unusable",
      expect.stringMatching(/no such instruction.*choose another Python/),
    ]);
  });
});

describe("Pythons that will not do are told apart", () => {
  const look = (setting: string) =>
    discover({
      ...{ setting, extensions: () => Promise.resolve([]), onPath: () => [] },
      probe: (executable) => probe(bundled, executable),
    });

  it.each([
    ["none", undefined, /cannot be run \(.*ENOENT/],
    ["old", `echo '{"executable": "/old", "version": [3, 8, 18], "abi": "", "machine": "x"}'`, /3\.8\.18/],
    ["broken", "echo \"Fatal Python error: no module 'encodings'\" >&2; exit 1", /Fatal Python error/],
    ["liar", "echo hello", /does not answer as a Python does/],
  ])("%s", async (name, script, message) => {
    const file = script === undefined ? join(root, "none") : fakePython(root, name, script);
    const { problem } = await look(file);
    expect(problem).toMatch(message);
    expect(problem).toContain(file);
  });

  it("a good one", async () => {
    const { interpreter } = await look(python.executable);
    expect(interpreter?.version.slice(0, 2)).toEqual(python.version.slice(0, 2));
  });
});
