// Runs in the webview: puts new content in place without losing the reader's, and sends the buttons' requests.
import type { PageRequest, PageUpdate } from "../view";

declare function acquireVsCodeApi(): { postMessage(message: PageRequest): void };

const editor = acquireVsCodeApi();
const content = document.getElementById("content");
const announcement = document.getElementById("announcement");

let shown: string | undefined;

/** Everything that can have the focus, in the order of the page: the same place after an update as before it. */
const stops = (within: Element) => [...within.querySelectorAll<HTMLElement>("button, summary, [tabindex]")];

window.addEventListener("message", ({ data }: MessageEvent<PageUpdate>) => {
  if (content === null) return;
  if (data.content !== shown) replace(content, (shown = data.content));
  if (announcement !== null && announcement.textContent !== data.announcement)
    announcement.textContent = data.announcement;
});

function replace(content: HTMLElement, by: string): void {
  const before = stops(content);
  const focused = before.findIndex((stop) => stop === document.activeElement);
  const scrolled = before.map(({ scrollLeft }) => scrollLeft);
  const unfolded = [...content.querySelectorAll("details[open]")].map(({ id }) => id);
  // Built by `html`, which escapes whatever is inserted; the policy lets no script in it run anyway.
  content.innerHTML = by;
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  for (const [i, stop] of stops(content).entries()) {
    stop.scrollLeft = scrolled[i] ?? 0;
    if (i === focused) stop.focus({ preventScroll: true });
  }
}

document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("button") : null;
  const { show, open, line } = button?.dataset ?? {};
  if (show !== undefined) editor.postMessage({ kind: "show", key: show });
  if (open !== undefined) editor.postMessage({ kind: "open", file: open, line: Number(line) });
});

editor.postMessage({ kind: "ready" });
