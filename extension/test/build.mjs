// Bundles and packages what only the tests load: the test models' extension, and the tests that run in the
// extension host. Those lie in the test models' folder, so that their requests come from another extension than
// ours.
import { createVSIX } from "@vscode/vsce";
import * as esbuild from "esbuild";

const common = {
  bundle: true,
  platform: "node",
  target: "node22",
  format: "cjs",
  sourcemap: "inline",
  logLevel: "warning",
};
await esbuild.build({
  ...common,
  entryPoints: ["test-provider/extension.ts"],
  outfile: "test-provider/dist/extension.js",
  external: ["vscode"],
});
await esbuild.build({
  ...common,
  entryPoints: ["test/host/index.ts"],
  outfile: "test-provider/dist/host.js",
  external: ["vscode", "mocha"],
});
await createVSIX({
  cwd: "test-provider",
  packagePath: "test-provider/dist/test-models.vsix",
  dependencies: false,
  skipLicense: true,
  allowMissingRepository: true,
});
