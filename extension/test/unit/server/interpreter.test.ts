import { expect, it } from "vitest";
import { discover, type Facts, type Sources } from "../../../src/server/python/interpreter";
import { pythonsOnPath } from "../../../src/server/python/path";

/** Pythons by their path: a version, or what is wrong with them. */
function sources(pythons: Record<string, number[] | string>, given: Partial<Sources> = {}): Sources {
  return {
    setting: "",
    extensions: () => Promise.resolve([]),
    onPath: () => [],
    probe: (executable): Promise<Facts | string> => {
      const version = pythons[executable] ?? "cannot be run (not there)";
      const facts = { executable, abi: ".so", machine: "x86_64" };
      return Promise.resolve(typeof version === "string" ? version : { ...facts, version });
    },
    ...given,
  };
}

const ALL = { "/set": [3, 12, 0], "/ext": [3, 13, 1], "/path": [3, 11, 0], "/old": [3, 10, 9] };
const extensions = (...list: string[]) => ({ extensions: () => Promise.resolve(list) });
const onPath = (...list: string[]) => ({ onPath: () => list });

it("takes the setting's Python first, then the extension's, then PATH's", async () => {
  const both = { ...extensions("/ext"), ...onPath("/path") };
  const found = [
    await discover(sources(ALL, { setting: "/set", ...both })),
    await discover(sources(ALL, both)),
    await discover(sources(ALL, onPath("/path"))),
  ];
  expect(found.map(({ interpreter }) => [interpreter?.source, interpreter?.executable])).toEqual([
    ["setting", "/set"],
    ["extension", "/ext"],
    ["PATH", "/path"],
  ]);
});

it("asks no extension where the setting names a Python", async () => {
  const never = { extensions: () => Promise.reject(new Error("asked")) };
  expect((await discover(sources(ALL, { setting: "/set", ...never }))).interpreter?.executable).toBe("/set");
});

it("complains about the setting's Python, and takes no other in its stead", async () => {
  const old = await discover(sources(ALL, { setting: "/old", ...onPath("/path") }));
  expect(old.problem).toBe(
    "“hydraAuto.interpreter” names /old, which is Python 3.10.9 and not 3.11 or newer.",
  );
  const gone = await discover(sources(ALL, { setting: "/gone", ...onPath("/path") }));
  expect(gone.problem).toBe("“hydraAuto.interpreter” names /gone, which cannot be run (not there).");
});

it("passes over Pythons that are too old or broken, each looked at once", async () => {
  const found = await discover(
    sources(ALL, { ...extensions("/old", "/gone"), ...onPath("/old", "/gone", "/path") }),
  );
  expect(found.interpreter?.executable).toBe("/path");
});

it("says what it tried where no Python will do", async () => {
  const found = await discover(sources(ALL, { ...extensions("/old"), ...onPath("/gone") }));
  expect(found.problem).toMatch(/^No Python 3.11 or newer was found \(tried \/old.*3\.10\.9.*; \/gone/);
  expect((await discover(sources({}))).problem).toBe("No Python 3.11 or newer was found.");
});

it("looks on PATH for python3 in every folder, then for other names, newest first", () => {
  const env = { PATH: "/a:/b" };
  const all = pythonsOnPath(env, "linux", () => true);
  expect(all.slice(0, 5)).toEqual(["/a/python3", "/b/python3", "/a/python", "/b/python", "/a/python3.14"]);
  expect(pythonsOnPath(env, "linux", (file) => file === "/b/python3.12")).toEqual(["/b/python3.12"]);
});

it("leaves relative folders of PATH out, where a workspace could put its own", () => {
  expect(pythonsOnPath({ PATH: ".::bin:/a" }, "linux", () => true)).toEqual(
    expect.arrayContaining(["/a/python3"]),
  );
  expect(pythonsOnPath({ PATH: ".::bin" }, "linux", () => true)).toEqual([]);
  expect(pythonsOnPath({}, "linux", () => true)).toEqual([]);
});

it("reads Windows' PATH", () => {
  const env = { Path: "C:\\Python312;D:\\tools" };
  expect(pythonsOnPath(env, "win32", (file) => file.startsWith("C:"))).toEqual([
    "C:\\Python312\\python3.exe",
    "C:\\Python312\\python.exe",
  ]);
});
