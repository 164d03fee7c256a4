import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["test/{unit,process}/**/*.test.ts"], environment: "node" },
  resolve: { alias: { vscode: new URL("test/unit/fakes/vscode.ts", import.meta.url).pathname } },
});
