// Runs in the webview: puts new content in place without losing the reader's, and sends the buttons' requests.
import type { PageRequest, PageUpdate } from "../view";

declare function acquireVsCodeApi(): { postMessage(message: PageRequest): void };

const editor = acquireVsCodeApi();
const content = document.getElementById("content");
const announcement = document.getElementById("announcement");

window.addEventListener("message", ({ data }: MessageEvent<PageUpdate>) => {
  if (content === null) return;
  const focused = document.activeElement?.id;
  const unfolded = [...content.querySelectorAll("details[open]")].map(({ id }) => id);
  // Built by `html`, which escapes whatever is inserted; the policy lets no script in it run anyway.
  content.innerHTML = data.content;
  for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  if (announcement !== null && announcement.textContent !== data.announcement)
    announcement.textContent = data.announcement;
});

document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest("button") : null;
  const { show, open, line } = button?.dataset ?? {};
  if (show !== undefined) editor.postMessage({ kind: "show", key: show });
  if (open !== undefined) editor.postMessage({ kind: "open", file: open, line: Number(line) });
});

editor.postMessage({ kind: "ready" });
