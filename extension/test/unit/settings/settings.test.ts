import { readFile } from "node:fs/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { readSettings } from "../../../src/settings/settings";
import { serverOptions } from "../../../src/trust/options";
import { workspace } from "../fakes/vscode";

const options = () => serverOptions(readSettings, []);

beforeEach(() => workspace.reset());

describe("the tier", () => {
  it("is the catalog's to set where the user has not chosen one", () => {
    expect(options().tier).toBeNull();
  });

  it.each([
    ["the user's settings", "user"],
    ["the workspace's settings", "ofWorkspace"],
  ] as const)("is sent where %s name one", (_, layer) => {
    workspace[layer] = { tier: "efficiency" };
    expect(options().tier).toBe("efficiency");
  });

  it("is left to the catalog again by a workspace that says null", () => {
    workspace.user = { tier: "efficiency" };
    workspace.ofWorkspace = { tier: null };
    expect(options().tier).toBeNull();
  });
});

describe("a setting that does not fit the manifest", () => {
  it.each([
    ["tier", "max", null],
    ["deadlineMs", 0, 2500],
    ["deadlineMs", 1.5, 2500],
    ["deadlineMs", 60_001, 2500],
    ["deadlineMs", "fast", 2500],
    ["silenceSeconds", -1, 120],
    ["silenceSeconds", null, 120],
    ["statusBar", "no", true],
    ["logPrompts", 1, false],
    ["stickiness", [], {}],
    ["catalog", "x", {}],
    ["organisationCatalog", {}, ""],
    ["interpreter", ["sh"], ""],
  ] as const)("%s: %j counts as its default", (name, value, fallback) => {
    workspace.ofWorkspace = { [name]: value };
    expect(readSettings()[name]).toEqual(fallback);
  });

  it("within an object takes only its own key away", () => {
    workspace.user = { stickiness: { confidence: 7, drift: 2, cacheSeconds: 1e12, toString: 1 } };
    expect(options().stickiness).toEqual({ drift: 2 });
  });

  it("is no catalog for the server", () => {
    workspace.workspaceFolders = [{ uri: { toString: () => "file:///w" } }];
    workspace.user = { catalog: [1] };
    workspace.ofWorkspace = { catalog: "evil" };
    workspace.ofFolder = { catalog: { deny: ["x"] } };
    expect(options()).toMatchObject({ catalog: null, folderCatalogs: { "file:///w": { deny: ["x"] } } });
  });
});

it("takes values that fit as they are", () => {
  const user = { tier: "intelligence", deadlineMs: 1, silenceSeconds: 0, stickiness: { conversations: 3 } };
  workspace.user = user;
  expect(readSettings()).toMatchObject(user);
});

it("an untrusted folder may set nothing that reaches the server", async () => {
  const manifest = JSON.parse(await readFile("package.json", "utf8")) as {
    capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
    contributes: { configuration: { properties: Record<string, { scope: string }> } };
  };
  const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
  const open = Object.entries(manifest.contributes.configuration.properties)
    .filter(([name, { scope }]) => scope !== "machine" && !restrictedConfigurations.includes(name))
    .map(([name]) => name);
  expect(open).toEqual(["hydraAuto.statusBar"]);
});
