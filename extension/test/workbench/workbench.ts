/** The workbench in the browser, as a user's eyes and hands find it. */
import { readFileSync } from "node:fs";
import { expect, type Frame, type FrameLocator, type Locator, type Page } from "@playwright/test";
import type { AxeResults } from "axe-core";
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
      await row.first().click({ timeout: 2000 });
    }).toPass({ timeout: 60_000 });
  }

  /** Picks the row of an open quick pick that has this text. */
  async pick(text: string): Promise<void> {
    await this.page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first().click();
  }

  /** Opens the chat to models of one's own: what a user does once with “Manage Language Models”. */
  async enableChat(): Promise<void> {
    await this.command("Chat: Manage Language Models");
    await this.page.getByText("Add Models").waitFor();
    await this.page.keyboard.press("Escape");
    await this.command("Chat: Open Chat");
    await this.input.waitFor();
    await expect(() => expect(this.server.chatIsSetUp).toBe(true)).toPass();
  }

  get input(): Locator {
    return this.page.locator(".interactive-session .interactive-input-part .monaco-editor").first();
  }

  /** The button that shows which model the chat uses. */
  get modelPicker(): Locator {
    return this.page.getByRole("button", { name: /^Models, / });
  }

  /** Whether a decision was the predictor's: the status bar warns of fallbacks, and names Auto before any. */
  async scored(): Promise<boolean> {
    const undecided = (await this.status.innerText()).includes("Auto ·");
    return !undecided && (await this.status.locator(".codicon-warning").count()) === 0;
  }

  /** Asks until the router, which may still be loading, has scored a request. */
  async untilScored(message: string): Promise<void> {
    await expect(async () => {
      await this.newChat();
      // The editor's own set-up may take the first request and keep it for a minute: a new chat is quicker.
      await this.ask(message, 10_000);
      expect(await this.scored()).toBe(true);
    }).toPass({ timeout: 120_000 });
  }

  async newChat(): Promise<void> {
    await this.page.getByRole("button", { name: "New Chat (Ctrl+N)" }).first().click();
    await expect(this.page.locator(".interactive-response")).toHaveCount(0);
  }

  /** Sends a message and waits for the end of its answer. */
  async ask(message: string, patience = 60_000): Promise<string> {
    await this.input.click();
    await this.page.keyboard.press("Control+A");
    await this.page.keyboard.insertText(message);
    // Not the Enter key: it may accept a suggestion instead.
    await this.page.getByRole("button", { name: /^Send/ }).first().click();
    const sent = this.page.locator(".interactive-request", { hasText: message.slice(0, 40) });
    await sent.last().waitFor();
    // The list is virtual and its rows are in no order.
    const last = this.page.locator(".chat-most-recent-response");
    await expect(last).not.toHaveClass(/chat-response-loading/, { timeout: patience });
    return last.locator(".value").innerText();
  }

  /** Changes the colour theme, by its label. */
  async theme(label: string): Promise<void> {
    await this.command("Preferences: Color Theme");
    await this.page.locator(".quick-input-widget input").first().fill(label);
    await this.pick(label);
  }

  /** A notification with this text. */
  notification(text: string | RegExp): Locator {
    return this.page.locator(".notification-list-item", { hasText: text });
  }

  /** Hydra Auto's item of the status bar. */
  get status(): Locator {
    return this.page.locator('.statusbar-item[id^="hydra-auto.hydra-auto"]').first();
  }

  /** The explanation's page: a document in a frame of a frame. */
  get explanation(): FrameLocator {
    return this.page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
  }

  private async explanationFrame(): Promise<Frame> {
    const body = await this.explanation.locator("body").elementHandle();
    const frame = await body.ownerFrame();
    if (!frame) throw new Error("the explanation is not open");
    return frame;
  }

  /** What the Tab key reaches on the explanation's page, one after the other; and what it should, in reading order. */
  async tabStops(): Promise<{ reached: string[]; expected: string[] }> {
    const frame = await this.explanationFrame();
    const name = `(e) => e.getAttribute("aria-label") ?? e.textContent.replace(/\\s+/g, " ").trim()`;
    const stops = `[...document.querySelectorAll("button, summary, [tabindex]")].filter((e) => e.checkVisibility())`;
    const expected = await frame.evaluate<string[]>(`${stops}.map(${name})`);
    await frame.evaluate("document.activeElement?.blur()");
    await this.explanation.locator("h1").click();
    const reached: string[] = [];
    while (reached.length < expected.length) {
      await this.page.keyboard.press("Tab");
      reached.push(await frame.evaluate<string>(`(${name})(document.activeElement)`));
    }
    return { reached, expected };
  }

  /** What axe finds wrong with the explanation's page, one line each. */
  async auditExplanation(): Promise<string[]> {
    const frame = await this.explanationFrame();
    await frame.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
    const { violations } = await frame.evaluate<AxeResults>("axe.run()");
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  }
}
