import { expect, test } from "@playwright/test";
import { CodeServer } from "./codeServer";
import { runInHost } from "./host";

test("the suite in the extension host passes", async ({ page }) => {
  const server = await CodeServer.start();
  try {
    expect(await runInHost(page, server, (line) => console.log(line))).toBe(0);
  } finally {
    await server.stop();
  }
});
