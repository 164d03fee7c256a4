/** The command lines of the extension's Python processes. None of them can import what lies in a workspace. */
import { join } from "node:path";

export interface Command {
  readonly executable: string;
  readonly args: readonly string[];
  /** Never a workspace: what lies there must not be found by accident. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Where the extension lies, and with it `bundled/`. */
export class Bundled {
  constructor(private readonly extension: string) {}

  /** The pinned requirements of the native parts. */
  get lock(): string {
    return join(this.extension, "bundled", "native.txt");
  }

  /** The language server; `native` is the folder with the native parts, null where there is none. */
  server(python: string, native: string | null): Command {
    return this.command(python, [this.script("server.py"), ...(native === null ? [] : ["--native", native])]);
  }

  /** Exits with 0 where the predictor works with the parts in `native`. */
  check(python: string, native: string | null): Command {
    const { args, ...command } = this.server(python, native);
    return { ...command, args: [...args, "--check"] };
  }

  /** Installs the native parts into `target`: as pinned, ready-made wheels only, from `wheels` where it is set. */
  install(python: string, target: string, wheels: string): Command {
    const from = wheels === "" ? [] : ["--no-index", "--find-links", wheels];
    const { env, ...command } = this.command(python, [
      this.script("pip", "pip"),
      "install",
      ...["--disable-pip-version-check", "--no-input", "--no-color", "--progress-bar", "off"],
      ...["--only-binary", ":all:", "--require-hashes", "--no-deps", "--no-compile", "--retries", "1"],
      ...[...from, "--requirement", this.lock, "--target", target],
    ]);
    // A user's pip settings keep their mirrors and proxies, and lose what fights with `--target`.
    const own = { PIP_USER: "0", PIP_REQUIRE_VIRTUALENV: "0", PIP_ROOT_USER_ACTION: "ignore" };
    return { ...command, env: { ...without(env, /^PIP_(TARGET|PREFIX|ROOT)$/i), ...own } };
  }

  /** Says of a Python what it is, in one line of JSON. */
  probe(python: string): Command {
    return this.command(python, ["-c", PROBE]);
  }

  private script(...path: string[]): string {
    return join(this.extension, "bundled", ...path);
  }

  private command(executable: string, args: readonly string[]): Command {
    return {
      executable,
      args: ["-I", ...args],
      cwd: this.extension,
      env: without(process.env, /^(PYTHON|__PYVENV_LAUNCHER__$)/i),
    };
  }
}

const PROBE = [
  "import json, platform, sys, sysconfig",
  'suffix = sysconfig.get_config_var("EXT_SUFFIX")',
  'print(json.dumps({"executable": sys.executable, "version": list(sys.version_info[:3]), "abi": suffix, "machine": platform.machine()}))',
].join("\n");

function without(env: NodeJS.ProcessEnv, names: RegExp): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.test(name)));
}
