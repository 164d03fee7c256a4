import { test } from "@playwright/test";
import { join } from "node:path";
import { CodeServer, EXTENSION } from "./codeServer";
import { Workbench } from "./workbench";

test("scratch", async ({ page }) => {
  const server = await CodeServer.start({
    install: [join(EXTENSION, "test-provider/dist/test-models.vsix")],
  });
  const shot = (n: string) => page.screenshot({ path: `/tmp/w/e3/shots/${n}.png` });
  try {
    const bench = new Workbench(page, server);
    const t = Date.now();
    await bench.open();
    console.log("open", Date.now() - t);
    await shot("1");
    await bench.command("Chat: Manage Language Models");
    await page.waitForTimeout(4000);
    await shot("2");
    await bench.command("Chat: Open Chat");
    await page.waitForTimeout(3000);
    await shot("3");
    await page.keyboard.type("hello there");
    await page.keyboard.press("Enter");
    await page.waitForTimeout(6000);
    await shot("4");
    console.log(JSON.stringify(server.script.seen()).slice(0, 1500));
    console.log(
      await page
        .locator(".interactive-session")
        .first()
        .innerHTML()
        .then((h) => h.slice(0, 8000)),
    );
  } finally {
    await server.stop();
  }
});
