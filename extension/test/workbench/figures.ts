// Not a test: prints how large the package is and how long a user waits. Run with `npm run figures`.
import { statSync } from "node:fs";
import { expect, test } from "@playwright/test";
import { CATALOG, EASY } from "../prompts";
import { CodeServer } from "./codeServer";
import { runInHost } from "./host";
import { PACKAGED } from "./packaged";
import { Workbench } from "./workbench";

const WINDOWS = 5;

test("the package", () => {
  for (const file of PACKAGED.slice(0, 1)) say({ file, megabytes: statSync(file).size / 1e6 });
});

test("from window open to the first routed answer", async ({ context }) => {
  test.setTimeout(600_000);
  const server = await CodeServer.start({ settings: { "hydraAuto.catalog": CATALOG }, install: PACKAGED });
  try {
    // The chat is opened to own models once per browser profile.
    const first = await context.newPage();
    const setUp = new Workbench(first, server);
    await setUp.open();
    await setUp.enableChat();
    await first.close();
    const seconds: { workbench: number; answered: number; routed: boolean }[] = [];
    for (let i = 0; i < WINDOWS; i++) {
      const page = await context.newPage();
      const bench = new Workbench(page, server);
      const started = Date.now();
      await bench.open();
      const workbench = (Date.now() - started) / 1000;
      await bench.input.waitFor();
      await expect(bench.modelPicker).toHaveText("Auto");
      await bench.ask(EASY);
      seconds.push({ workbench, answered: (Date.now() - started) / 1000, routed: await bench.scored() });
      await page.close();
    }
    say({ windows: seconds });
  } finally {
    await server.stop();
  }
});

test("from send to routed", async ({ page }) => {
  test.setTimeout(600_000);
  const server = await CodeServer.start({ settings: { "hydraAuto.catalog": CATALOG } });
  try {
    const lines: string[] = [];
    expect(await runInHost(page, server, (line) => lines.push(line))).toBe(0);
    say(lines.join("\n"));
  } finally {
    await server.stop();
  }
});

function say(figures: unknown): void {
  process.stdout.write(`\n${typeof figures === "string" ? figures : JSON.stringify(figures)}\n`);
}
