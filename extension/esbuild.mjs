// Bundles the extension (for Node, with `vscode` left to the host) and the webview's script (for the browser).
import { existsSync } from "node:fs";
import * as esbuild from "esbuild";

const production = process.argv.includes("--production");
const watch = process.argv.includes("--watch");
const common = { bundle: true, minify: production, sourcemap: !production, logLevel: "warning" };

const bundles = [
  {
    ...common,
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    platform: "node",
    target: "node20",
    format: "cjs",
    external: ["vscode"],
    // The UMD builds of the language client's parts cannot be bundled; their ES modules can.
    mainFields: ["module", "main"],
  },
  {
    ...common,
    entryPoints: ["src/explanation/webview/main.ts"],
    outfile: "dist/explanation.js",
    platform: "browser",
    target: "es2022",
    format: "iife",
  },
].filter(({ entryPoints }) => existsSync(entryPoints[0]));

for (const bundle of bundles) {
  if (watch) await (await esbuild.context(bundle)).watch();
  else await esbuild.build(bundle);
}
