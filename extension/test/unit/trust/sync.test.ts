import { beforeEach, expect, it } from "vitest";
import { EventEmitter } from "vscode";
import type { ServerController, ServerState } from "../../../src/contracts";
import { readSettings } from "../../../src/settings/settings";
import { serverOptions } from "../../../src/trust/options";
import { syncServer } from "../../../src/trust/sync";
import { workspace } from "../fakes/vscode";

const TRUST = "hydra/didChangeTrust";
const SETTINGS = "workspace/didChangeConfiguration";

const states = new EventEmitter<ServerState>();

function told(): [method: string, params: unknown][] {
  const heard: [string, unknown][] = [];
  const server = {
    notify: (method: string, params: unknown) => heard.push([method, params]),
    onDidChangeState: states.event,
  };
  syncServer(server as unknown as ServerController, () => serverOptions(readSettings, []));
  return heard;
}

beforeEach(() => workspace.reset());

it("a folder that is added to the workspace gets its trust and the catalog of the settings", () => {
  const heard = told();
  workspace.ofWorkspace = { catalog: { deny: ["grok-*"] } };
  workspace.workspaceFolders = [{ uri: { toString: () => "file:///new" } }];
  workspace.folders.fire();
  expect(heard.map(([method]) => method)).toEqual([TRUST, SETTINGS]);
  expect(heard[0]?.[1]).toEqual({ trustedFolders: ["file:///new"] });
  expect(heard[1]?.[1]).toMatchObject({
    settings: { hydraAuto: { folderCatalogs: { "file:///new": { deny: ["grok-*"] } } } },
  });
});

it("a server that has started is told what changed meanwhile", () => {
  const heard = told();
  states.fire({ phase: "starting" });
  expect(heard).toEqual([]);
  states.fire({ phase: "running" });
  expect(heard.map(([method]) => method)).toEqual([TRUST, SETTINGS]);
});

it("only our own settings are passed on", () => {
  const heard = told();
  workspace.configuration.fire({ affectsConfiguration: (section) => section === "editor" });
  expect(heard).toEqual([]);
  workspace.configuration.fire({ affectsConfiguration: (section) => section === "hydraAuto" });
  expect(heard.map(([method]) => method)).toEqual([SETTINGS]);
});
