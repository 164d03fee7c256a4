import { describe, expect, it } from "vitest";
import { modeOf } from "../../../src/request/mode";

const tools = (...names: string[]) => names.map((name) => ({ name }));

describe("the chat mode", () => {
  it.each([
    ["ask", []],
    // What VS Code's Ask and Plan bring: they look, and change nothing.
    ["ask", ["read_file", "grep_search", "fetch_webpage", "get_terminal_output", "terminal_last_command"]],
    ["ask", ["list_code_usages", "test_failure", "get_task_output", "copilot_getChangedFiles"]],
    ["edit", ["read_file", "create_file", "replace_string_in_file"]],
    ["edit", ["copilot_insertEdit"]],
    ["agent", ["read_file", "create_file", "run_in_terminal"]],
    ["agent", ["copilot_runNotebookCell"]],
    ["agent", ["create_and_run_task", "get_task_output"]],
    ["agent", ["click_element", "read_page"]],
  ] as const)("is %s with the tools %j", (mode, names) => {
    expect(modeOf(tools(...names))).toBe(mode);
  });
});
