/** A code-server of a test's own: fresh user data, a workspace, the test models' folder, and nothing of the
 * machine's user. */
import { type ChildProcess, spawn } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { Script, THREE, type TestModel } from "../../test-provider/script";

export const EXTENSION = resolve(__dirname, "../..");
export const REPOSITORY = dirname(EXTENSION);
const BINARY = join(REPOSITORY, ".workbench/code-server/node_modules/.bin/code-server");

/** The Python that runs the server in the tests: the one with the predictor's native parts. */
export const PYTHON = process.env.HYDRA_TEST_PYTHON ?? join(REPOSITORY, ".venv/bin/python");

/** Nothing that distracts a test; utility requests go to the chat's own model. */
const QUIET = {
  "chat.byokUtilityModelDefault": "mainAgent",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.reduceMotion": "on",
  "telemetry.telemetryLevel": "off",
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "git.enabled": false,
  "security.workspace.trust.banner": "never",
};

export interface Profile {
  readonly settings?: Record<string, unknown>;
  readonly machineSettings?: Record<string, unknown>;
  /** An own-key group of the test models, which opens the chat without a sign-in. Default true. */
  readonly ownKeyGroup?: boolean;
  readonly models?: readonly TestModel[];
  /** Files of the workspace, by relative path. */
  readonly files?: Record<string, string>;
  /** .vsix files to be installed. */
  readonly install?: readonly string[];
  readonly env?: Record<string, string | undefined>;
}

export class CodeServer {
  private constructor(
    private readonly process: ChildProcess,
    readonly root: string,
    readonly port: number,
    readonly script: Script,
  ) {}

  static async start(profile: Profile = {}): Promise<CodeServer> {
    const root = mkdtempSync(join(tmpdir(), "hydra-workbench-"));
    const script = prepare(root, profile);
    const env = environment(root, profile);
    for (const vsix of profile.install ?? []) await run(root, env, ["--install-extension", vsix, "--force"]);
    const port = await freePort();
    const process = launch(root, env, [
      ...[
        "--bind-addr",
        `127.0.0.1:${port}`,
        "--auth",
        "none",
        "--disable-telemetry",
        "--disable-update-check",
      ],
      ...["--disable-workspace-trust", join(root, "workspace")],
    ]);
    const server = new CodeServer(process, root, port, script);
    await server.ready();
    return server;
  }

  get workspace(): string {
    return join(this.root, "workspace");
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/?folder=${this.workspace}`;
  }

  /** What the extensions have logged. */
  logs(): string {
    const folder = join(this.root, "user/logs");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const ours = files.filter((file) => file.endsWith(".log") && /hydra/i.test(file));
    return ours.map((file) => `== ${file}\n${readFileSync(join(folder, file), "utf8")}`).join("\n");
  }

  /** Whether the built-in chat has set itself up; what is sent before may wait for its time-out, a minute. */
  get chatIsSetUp(): boolean {
    const folder = join(this.root, "user/logs");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
    const own = files.filter((file) => file.endsWith("GitHub Copilot Chat.log"));
    return own.some((file) => readFileSync(join(folder, file), "utf8").includes("Activating contributions"));
  }

  /** Ends the server with its extension hosts and their children (they are one process group). */
  async stop(): Promise<void> {
    if (this.process.pid !== undefined && this.process.exitCode === null) {
      const ended = new Promise<void>((resolve) => {
        this.process.once("exit", () => resolve());
      });
      process.kill(-this.process.pid, "SIGTERM");
      await Promise.race([ended, pause(3000)]);
      try {
        process.kill(-this.process.pid, "SIGKILL");
      } catch {
        // The whole group has ended.
      }
    }
    if (process.env.HYDRA_KEEP === undefined)
      rmSync(this.root, { recursive: true, force: true, maxRetries: 3 });
  }

  private async ready(): Promise<void> {
    const deadline = Date.now() + 60_000;
    while (Date.now() < deadline && this.process.exitCode === null) {
      const answer = await fetch(`http://127.0.0.1:${this.port}/healthz`).catch(() => undefined);
      if (answer?.ok) return;
      await pause(100);
    }
    throw new Error(
      `code-server does not start:\n${readFileSync(join(this.root, "code-server.log"), "utf8")}`,
    );
  }
}

function prepare(
  root: string,
  { settings, machineSettings, ownKeyGroup = true, models = THREE, files }: Profile,
): Script {
  const user = join(root, "user/User");
  const machine = join(root, "user/Machine");
  for (const folder of [
    user,
    machine,
    ...["workspace", "models", "extensions", "home"].map((name) => join(root, name)),
  ])
    mkdirSync(folder, { recursive: true });
  // A remote machine's own settings win over the user's: only what is the machine's alone goes there.
  writeFileSync(join(user, "settings.json"), JSON.stringify({ ...QUIET, ...settings }));
  writeFileSync(
    join(machine, "settings.json"),
    JSON.stringify({ "hydraAuto.interpreter": PYTHON, ...machineSettings }),
  );
  if (ownKeyGroup)
    writeFileSync(
      join(user, "chatLanguageModels.json"),
      JSON.stringify([{ vendor: "test-models", name: "Mine" }]),
    );
  for (const [path, text] of Object.entries(files ?? {})) {
    const file = join(root, "workspace", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const script = new Script(join(root, "models"));
  script.write(models);
  script.forget();
  return script;
}

function environment(root: string, profile: Profile): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(VSCODE|ELECTRON|XDG|PYTHON|NODE_OPTIONS)/.test(name),
  );
  return {
    ...Object.fromEntries(own),
    HOME: join(root, "home"),
    HYDRA_TEST_MODELS: join(root, "models"),
    ...profile.env,
  };
}

function launch(root: string, env: NodeJS.ProcessEnv, options: readonly string[]): ChildProcess {
  const log = openSync(join(root, "code-server.log"), "a");
  const folders = [
    "--config",
    "/dev/null",
    "--user-data-dir",
    join(root, "user"),
    "--extensions-dir",
    join(root, "extensions"),
  ];
  const child = spawn(BINARY, [...folders, ...options], {
    detached: true,
    env,
    cwd: root,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  return child;
}

async function run(root: string, env: NodeJS.ProcessEnv, options: readonly string[]): Promise<void> {
  const child = launch(root, env, options);
  const code = await new Promise((resolve) => child.once("exit", resolve));
  if (code !== 0)
    throw new Error(
      `code-server ${options.join(" ")}:\n${readFileSync(join(root, "code-server.log"), "utf8")}`,
    );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close();
      if (typeof address === "object" && address !== null) resolve(address.port);
      else reject(new Error("no port is free"));
    });
  });
}
