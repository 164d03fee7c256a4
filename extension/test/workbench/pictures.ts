import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { EXTENSION } from "./codeServer";

const BESIDE_REPORT = join(EXTENSION, "out/pictures");

/** A picture for the README: kept in media/pictures/ when HYDRA_PICTURES is set, else beside the test's report, so that
 * a mere test run leaves the checkout as it is. */
export async function picture(page: Page, name: string): Promise<void> {
  const kept = process.env.HYDRA_PICTURES !== undefined;
  await shoot(page, kept ? join(EXTENSION, "media/pictures") : BESIDE_REPORT, name);
}

/** A picture for whoever looks at what a test saw. */
export async function proof(page: Page, name: string): Promise<void> {
  await shoot(page, BESIDE_REPORT, name);
}

async function shoot(page: Page, folder: string, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled", caret: "hide" });
}
