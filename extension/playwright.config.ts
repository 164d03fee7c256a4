import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "test/workbench",
  // `npm run figures` measures; a test run does not.
  testMatch: process.env.HYDRA_FIGURES === undefined ? /\.spec\.ts$/ : /figures\.ts$/,
  outputDir: "out/playwright",
  workers: 1,
  // A busy machine may miss a click.
  retries: 1,
  timeout: 180_000,
  expect: { timeout: 30_000 },
  reporter: [["list"]],
  use: {
    actionTimeout: 60_000,
    viewport: { width: 1400, height: 900 },
    launchOptions: {
      executablePath: "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
    // No trace: recording one costs more than the workbench itself on a small machine.
    contextOptions: { reducedMotion: "reduce" },
    screenshot: "only-on-failure",
  },
});
