import { expect, test } from "@playwright/test";
import { CATALOG } from "../prompts";
import { CodeServer } from "./codeServer";
import { runInHost } from "./host";

test("the suite in the extension host passes", async ({ page }) => {
  test.setTimeout(600_000);
  const server = await CodeServer.start({ settings: { "hydraAuto.catalog": CATALOG } });
  try {
    expect(await runInHost(page, server, (line) => process.stdout.write(`${line}\n`))).toBe(0);
  } finally {
    await server.stop();
  }
});
