// The user's way through Auto mode, in a browser, with the packaged extension.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { CATALOG, EASY, HARD, MIDDLE } from "../prompts";
import { THREE } from "../../test-provider/script";
import { CodeServer, type Profile } from "./codeServer";
import { PACKAGED } from "./packaged";
import { picture, proof } from "./pictures";
import { Workbench } from "./workbench";

const USER: Profile = { settings: { "hydraAuto.catalog": CATALOG }, install: PACKAGED };

/** With the class that a webview's body has in them. */
const THEMES = [
  ["Dark 2026", "vscode-dark"],
  ["Dark High Contrast", "vscode-high-contrast"],
  ["Light High Contrast", "vscode-high-contrast-light"],
] as const;

/** A repository's catalog that makes the cheap model dearer and the ablest; that wants a consent. */
const BOLD = `models:
  - id: test-cheap
    price: {input: .2, output: .8}
    capabilities: {reasoning: .95, code_gen: .95, debugging: .95, tool_use: .95}
`;

/** A workbench with a profile of its own; what fails leaves the extension's log in the report. */
function inWorkbench(title: string, profile: Profile, story: (bench: Workbench) => Promise<void>): void {
  test(title, async ({ page }, info) => {
    const server = await CodeServer.start(profile);
    try {
      const bench = new Workbench(page, server);
      await bench.open();
      await story(bench);
    } catch (error) {
      await info.attach("extension.log", { body: server.logs(), contentType: "text/plain" });
      throw error;
    } finally {
      await server.stop();
    }
  });
}

test.describe("an own-key group", () => {
  inWorkbench("three difficulties, three models, and why", USER, async (bench) => {
    const { page, server } = bench;
    await bench.enableChat();
    await expect(bench.modelPicker).toHaveText("Auto");
    await bench.untilScored(EASY);
    const asked: [string, string][] = [
      [EASY, "Cheap"],
      [MIDDLE, "Mid"],
      [HARD, "Strong"],
    ];
    for (const [prompt, name] of asked) {
      await bench.newChat();
      expect(await bench.ask(prompt)).toContain(`Hello from ${name}, a test model.`);
      await expect(bench.status).toContainText(`${name} · balance`);
    }
    await picture(page, "chat");
    const roles = server.script.seen().map((request) => request.roles);
    expect(
      roles.every((list) => list.every((role) => role === 1 || role === 2)),
      "no System message is sent on",
    ).toBe(true);

    await bench.command("Hydra Auto: Explain Last Decision");
    const explained = bench.explanation;
    await expect(explained.locator("h1")).toHaveText("Why Strong");
    await expect(explained.locator("#candidates ~ .scroll tbody tr")).toHaveCount(3);
    await picture(page, "explanation");
    // The page tells of an earlier decision when it is asked to.
    await explained
      .getByRole("button", { name: EASY.slice(0, 30) })
      .first()
      .click();
    await expect(explained.locator("h1")).toHaveText("Why Cheap");
    await expectAccessible(bench);
    const { reached, expected } = await bench.tabStops();
    expect(expected.length).toBeGreaterThan(5);
    expect(reached, "the Tab key's way is the reader's").toEqual(expected);
    for (const [theme, kind] of THEMES) {
      await bench.theme(theme);
      await expect(explained.locator("body")).toHaveClass(new RegExp(`${kind}( |$)`));
      await expectAccessible(bench);
      await proof(page, `explanation-${kind}`);
    }
    await bench.theme("Light 2026");

    await bench.command("View: Close All Editors");
    await bench.status.click();
    await picture(page, "menu");
    await bench.pick("Exclude a model in this workspace");
    await bench.pick("Cheap");
    const file = join(server.workspace, ".vscode/hydra-catalog.yaml");
    await expect(() => expect(readFileSync(file, "utf8")).toContain("test-cheap")).toPass();
    await bench.newChat();
    expect(await bench.ask(EASY)).toContain("Hello from Mid");
    await expect(bench.status).toContainText("Mid · balance");
  });
});

test.describe("another extension's models come first", () => {
  inWorkbench(
    "and Auto is the chat's model all the same",
    { ...USER, env: { HYDRA_TEST_EAGER: "1" } },
    async (bench) => {
      await bench.enableChat();
      await expect(bench.modelPicker).toHaveText("Auto");
      expect(await bench.ask(EASY)).toContain("Hello from Cheap");
      await expect(bench.status).toContainText("Cheap · balance");
    },
  );
});

test.describe("two Autos", () => {
  const other = {
    id: "auto",
    name: "Auto",
    behaviour: "answer",
    maxInputTokens: 200_000,
    vision: true,
    vendor: "other-auto",
  } as const;
  inWorkbench(
    "a chat begins with ours, and the other is never asked",
    { ...USER, models: [...THREE, other] },
    async (bench) => {
      await bench.enableChat();
      await expect(bench.modelPicker).toHaveText("Auto");
      await bench.untilScored(EASY);
      expect(await bench.ask(EASY)).toContain("Hello from Cheap");
      expect(bench.server.script.seen().map(({ model }) => model)).not.toContain("auto");
    },
  );
});

test.describe("a fresh profile", () => {
  inWorkbench(
    "@auto answers without a sign-in, and tells why and of what it could choose",
    { ...USER, ownKeyGroup: false },
    async (bench) => {
      await bench.command("Chat: Open Chat");
      // Before the extension runs, the editor takes `@auto` for a request to set its own chat up.
      await expect(bench.status).toContainText("Auto · catalog's tier");
      await bench.untilScored(`@auto ${EASY}`);
      expect(await bench.ask(`@auto ${EASY}`)).toContain("Hello from Cheap");
      await expect(bench.page.locator(".chat-most-recent-response .chat-footer-details")).toContainText(
        "Cheap",
      );
      expect(await bench.ask("@auto /explain")).toContain("Cheap");
      expect(await bench.ask("@auto /models")).toContain("Strong");
      expect(await bench.ask("@auto /tier")).toContain("catalog (now; balance in the last request)");
      expect(await bench.ask("@auto /tier efficiency")).toContain("The tier is now efficiency");
      await bench.ask(`@auto ${MIDDLE}`);
      await expect(bench.status).toContainText("· efficiency");
    },
  );
});

test.describe("a repository's catalog", () => {
  inWorkbench(
    "waits for the user's consent; a model that is pinned answers its conversation and no other",
    { ...USER, files: { ".vscode/hydra-catalog.yaml": BOLD } },
    async (bench) => {
      const { page } = bench;
      await bench.enableChat();
      await bench.untilScored(EASY);
      await bench.newChat();
      expect(await bench.ask(HARD)).toContain("Hello from Strong");

      await bench.command("Hydra Auto: Review Workspace Catalog Changes");
      const dialog = page.getByRole("dialog", { name: /Apply the model catalog of workspace/ });
      await expect(dialog).toContainText("test-cheap");
      await expect(dialog).toContainText("price");
      await expect(dialog).toContainText("It counts for this content alone");
      await proof(page, "consent");
      await dialog.getByRole("button", { name: "Apply", exact: true }).click();
      await expect(async () => {
        await bench.newChat();
        expect(await bench.ask(HARD)).toContain("Hello from Cheap");
      }).toPass();

      await bench.status.click();
      await bench.pick("Pin a model for this conversation");
      await bench.pick("Mid");
      for (const prompt of [EASY, HARD]) expect(await bench.ask(prompt)).toContain("Hello from Mid");
      await bench.newChat();
      expect(await bench.ask(EASY)).toContain("Hello from Cheap");
    },
  );
});

test.describe("no Python", () => {
  inWorkbench(
    "is said with two ways out, and the chat is answered all the same",
    { ...USER, machineSettings: { "hydraAuto.interpreter": "/nowhere/python3" } },
    async (bench) => {
      const note = bench.notification("/nowhere/python3, which cannot be run");
      await expect(note.getByRole("button", { name: "Choose Python…" })).toBeVisible();
      await expect(note.getByRole("button", { name: "Continue Without Python" })).toBeVisible();
      await proof(bench.page, "no-python");
      await note.getByRole("button", { name: "Continue Without Python" }).click();
      await expect(note).toHaveCount(0);
      await bench.enableChat();
      expect(await bench.ask(EASY)).toContain("Hello from");
      await expect(bench.status.locator(".codicon-warning")).toBeVisible();
      await bench.status.click();
      await expect(bench.page.getByPlaceholder(/^Not routed: .*nowhere/)).toBeVisible();
    },
  );
});

async function expectAccessible(bench: Workbench): Promise<void> {
  const violations = await bench.auditExplanation();
  expect(violations).toEqual([]);
}
