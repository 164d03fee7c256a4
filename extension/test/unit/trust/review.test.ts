import { beforeEach, expect, it, vi } from "vitest";
import { EventEmitter, commands, window } from "vscode";
import type { ServerState } from "../../../src/contracts";
import { registerReview, type ReviewParts } from "../../../src/trust/review";
import type { DidChangeCatalogParams, ProblemInfo } from "../../../src/wire/protocol";

const WRONG: ProblemInfo = {
  ...{ message: "defaulTier is no key of a catalog", file: "settings/hydraAuto.catalog" },
  ...{ line: 1, column: 1, severity: "error" },
};

/** The review of a server that says what the returned function is given. */
function reviewed(): (...problems: ProblemInfo[]) => void {
  let hear: (news: Partial<DidChangeCatalogParams>) => void = () => undefined;
  const server = {
    state: { phase: "running" },
    onDidChangeState: new EventEmitter<ServerState>().event,
    onNotification: (_method: string, handler: typeof hear) => {
      hear = handler;
      return { dispose: () => undefined };
    },
  };
  registerReview({ server } as unknown as ReviewParts);
  return (...problems) => hear({ folders: [], problems });
}

const warned = vi.spyOn(window, "showWarningMessage");

beforeEach(() => void warned.mockReset().mockResolvedValue(undefined));

it("a catalog in the settings that is not in force is told, once, with the way to it", async () => {
  const say = reviewed();
  const run = vi.spyOn(commands, "executeCommand");
  warned.mockResolvedValue("Open Settings" as never);
  say(WRONG);
  say(WRONG);
  expect(warned).toHaveBeenCalledTimes(1);
  expect(warned.mock.calls[0]?.[0]).toMatch(/exclusions included.*hydraAuto\.catalog: defaulTier/);
  await vi.waitFor(() =>
    expect(run).toHaveBeenCalledWith("workbench.action.openSettings", "hydraAuto.catalog"),
  );
  say();
  say(WRONG);
  expect(warned).toHaveBeenCalledTimes(2);
});

it("a catalog in a file, which underlines its problem itself, and a mere warning are not told", () => {
  reviewed()({ ...WRONG, file: "/ws/.vscode/hydra-catalog.yaml" }, { ...WRONG, severity: "warning" });
  expect(warned).not.toHaveBeenCalled();
});
