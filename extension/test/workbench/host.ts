/** Runs the mocha suite `test/host` inside the extension host of a code-server, with the extensions loaded from
 * their source folders. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { PRINTED } from "../printed";
import { type CodeServer, EXTENSION } from "./codeServer";

/** Everything that the workbench and the suite log, for the one who looks for a failure. */
const HOST_LOG = join(EXTENSION, "out/host.log");

interface DevelopmentOptions {
  readonly extensions: readonly unknown[];
  readonly extensionTestsPath: unknown;
}

/** The exit code of the suite; what it prints goes to `print`. */
export async function runInHost(
  page: Page,
  server: CodeServer,
  print: (line: string) => void,
): Promise<number> {
  const uri = (path: string) => ({
    $mid: 1,
    scheme: "vscode-remote",
    authority: `127.0.0.1:${server.port}`,
    path,
  });
  let exited: (code: number) => void;
  const exit = new Promise<number>((resolve) => (exited = resolve));
  await page.exposeFunction("codeAutomationLog", (kind: string, words: unknown[]) => {
    appendFileSync(HOST_LOG, `${kind} ${JSON.stringify(words)}\n`);
    // The workbench logs here too, and much.
    const [line] = words;
    if (typeof line === "string" && line.startsWith(PRINTED)) print(line.slice(PRINTED.length));
  });
  await page.exposeFunction("codeAutomationExit", (code: number) => exited(code));
  // A built VS Code takes no test options from its address; they go into the page's own configuration.
  await page.addInitScript(
    (options: DevelopmentOptions) => {
      const observer = new MutationObserver(() => {
        const element = document.getElementById("vscode-workbench-web-configuration");
        if (element === null) return;
        observer.disconnect();
        const settings = JSON.parse(element.getAttribute("data-settings") ?? "{}") as {
          developmentOptions?: object;
        };
        settings.developmentOptions = { ...settings.developmentOptions, ...options };
        element.setAttribute("data-settings", JSON.stringify(settings));
      });
      observer.observe(document, { childList: true, subtree: true });
    },
    {
      extensions: [uri(EXTENSION), uri(join(EXTENSION, "test-provider"))],
      extensionTestsPath: uri(join(EXTENSION, "test-provider/dist/host.js")),
    },
  );
  await page.goto(server.url);
  return exit;
}
