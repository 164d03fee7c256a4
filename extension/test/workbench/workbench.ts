/** The workbench in the browser, as a user's hands find it. */
import { expect, type Page } from "@playwright/test";
import type { CodeServer } from "./codeServer";

export class Workbench {
  constructor(
    readonly page: Page,
    readonly server: CodeServer,
  ) {}

  async open(): Promise<void> {
    await this.page.goto(this.server.url);
    await this.page.waitForSelector(".monaco-workbench");
    await this.page.waitForSelector(".statusbar-item");
  }

  /** Runs a command by its whole title; waits until it is there, for a workbench grows while it starts. */
  async command(title: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget input").first();
    const row = this.page.locator(".quick-input-list .monaco-list-row", {
      has: this.page.getByText(title, { exact: true }),
    });
    await expect(async () => {
      await this.page.keyboard.press("Escape");
      await this.page.keyboard.press("F1");
      await input.fill(`>${title}`, { timeout: 5000 });
      await row.first().click({ timeout: 5000 });
    }).toPass({ timeout: 60_000 });
  }
}
