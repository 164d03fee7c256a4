import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { EXTENSION } from "./codeServer";

/** A picture for the README: kept in media/pictures/ when HYDRA_PICTURES is set, else beside the test's report, so that
 * a mere test run leaves the checkout as it is. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = join(
    EXTENSION,
    process.env.HYDRA_PICTURES === undefined ? "out/pictures" : "media/pictures",
  );
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled", caret: "hide" });
}
