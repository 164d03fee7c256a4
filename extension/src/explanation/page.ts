/** The whole page as text: pure, so that it can be tested without an editor. */
import { hatching } from "./bars";
import { candidatesSection, gatesSection } from "./candidates";
import { historySection } from "./history";
import { type Html, html } from "./html";
import { originSection } from "./origin";
import { requirementSection } from "./requirement";
import { summarySection, title } from "./summary";
import type { ExplanationView, PageUpdate } from "./view";

/** Where the page's own files are, and the nonce of this page alone. */
export interface PageFrame {
  readonly nonce: string;
  readonly cspSource: string;
  readonly style: string;
  readonly script: string;
}

/** The document: only our style sheet and our script may load, and nothing else may. */
export function explanationPage(
  view: ExplanationView,
  { nonce, cspSource, style, script }: PageFrame,
): string {
  const policy = `default-src 'none'; style-src ${cspSource}; script-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Auto: why this model</title>
        <link rel="stylesheet" href="${style}" />
      </head>
      <body>
        ${hatching()}
        <main id="content">${content(view)}</main>
        <p id="announcement" class="unseen" role="status" aria-live="polite"></p>
        <script nonce="${nonce}" src="${script}"></script>
      </body>
    </html>`.source;
}

/** What replaces the content of a page that is open. */
export function explanationUpdate(view: ExplanationView): PageUpdate {
  const announcement = view.shown === undefined ? "No decision yet" : title(view.shown);
  return { content: content(view).source, announcement };
}

function content({ shown, history, savedUsd, origins }: ExplanationView): Html {
  if (shown === undefined)
    return html`<h1>No decision yet</h1>
      <p>
        Pick Auto in the chat’s model picker and send a message: this page then says why which model answered.
      </p>`;
  const { route, ran } = shown;
  return html`${summarySection(shown)}
  ${route && [requirementSection(route), candidatesSection(route, ran, origins), gatesSection(route), originSection(route)]}
  ${historySection(history, shown, savedUsd)}`;
}
