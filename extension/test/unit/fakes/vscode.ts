/** What the pure parts use of `vscode`, for Vitest; the real one is the workbench's (test/workbench). */
