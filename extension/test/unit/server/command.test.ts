import { afterEach, expect, it, vi } from "vitest";
import { Bundled } from "../../../src/server/command";

const bundled = new Bundled("/extension");

afterEach(() => vi.unstubAllEnvs());

it("isolates every Python, in the extension's folder", () => {
  const all = [
    bundled.server("py", null),
    bundled.check("py", "/native"),
    bundled.install("py", "/target", ""),
    bundled.probe("py"),
  ];
  for (const { executable, args, cwd } of all) {
    expect([executable, args[0], cwd]).toEqual(["py", "-I", "/extension"]);
  }
});

it("starts the bundled server, with the native parts where they are installed", () => {
  expect(bundled.server("py", null).args.slice(1)).toEqual(["/extension/bundled/server.py"]);
  expect(bundled.server("py", "/native").args.slice(2)).toEqual(["--native", "/native"]);
});

it("passes no PYTHON variable on, and the rest of the environment", () => {
  for (const name of ["PYTHONPATH", "PYTHONHOME", "pythonStartup", "__PYVENV_LAUNCHER__"])
    vi.stubEnv(name, "/evil");
  vi.stubEnv("HTTPS_PROXY", "proxy");
  const { env } = bundled.server("py", null);
  expect(Object.keys(env).filter((name) => /^(python|__pyvenv)/i.test(name))).toEqual([]);
  expect(env.HTTPS_PROXY).toBe("proxy");
});

it("installs pinned, ready-made wheels only", () => {
  const { args } = bundled.install("py", "/target", "");
  for (const option of ["--require-hashes", "--no-deps", "--target"]) expect(args).toContain(option);
  expect(args.join(" ")).toContain("--only-binary :all:");
  expect(args.join(" ")).toContain("--requirement /extension/bundled/native.txt");
  expect(args).not.toContain("--no-index");
});

it("asks no index where a folder has the wheels", () => {
  expect(bundled.install("py", "/target", "/wheels").args.join(" ")).toContain(
    "--no-index --find-links /wheels",
  );
});

it("keeps a user's mirror, and not what fights with the target", () => {
  vi.stubEnv("PIP_INDEX_URL", "https://mirror");
  vi.stubEnv("PIP_TARGET", "/elsewhere");
  vi.stubEnv("PIP_USER", "1");
  const { env } = bundled.install("py", "/target", "");
  expect(env).toMatchObject({ PIP_INDEX_URL: "https://mirror", PIP_USER: "0", PIP_REQUIRE_VIRTUALENV: "0" });
  expect(env.PIP_TARGET).toBeUndefined();
});
