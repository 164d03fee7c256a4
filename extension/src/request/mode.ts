/** The tools that a request may use -> the chat mode that it was written in: the editor does not name it. */

export type Mode = "ask" | "edit" | "agent";

/** A tool with one of these words in its name only looks, also where the terminal or a task is what it looks at. */
const LOOKS = new Set(
  "get read list search find fetch view grep last selection output failure subagent usages".split(" "),
);
const RUNS = new Set(
  "run exec execute execution launch start kill install deploy send submit click press navigate drag shell bash".split(
    " ",
  ),
);
const EDITS = new Set("create edit insert replace write patch rename move delete remove update".split(" "));

/**
 * Agent where something can be run, edit where files can be changed and nothing run, else ask: VS Code's Ask and
 * Plan bring tools, too, but only such as look (its built-in agents' `search`, `read` and `web` sets).
 */
export function modeOf(tools: readonly { readonly name: string }[]): Mode {
  const acting = tools.map((tool) => wordsOf(tool.name)).filter((words) => !words.some((w) => LOOKS.has(w)));
  if (acting.some((words) => words.some((word) => RUNS.has(word)))) return "agent";
  return acting.some((words) => words.some((word) => EDITS.has(word))) ? "edit" : "ask";
}

/** `copilot_runNotebookCell`, `run_in_terminal` -> their words in lower case. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .split(/[^a-z]+/);
}
