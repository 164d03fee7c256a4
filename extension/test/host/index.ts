// The entry of the suite that runs in the extension host; VS Code calls `run`.
import { format } from "node:util";
import Mocha from "mocha";
import { PRINTED } from "../printed";
import { printFigures } from "./figures";

export async function run(): Promise<void> {
  if (process.env.HYDRA_FIGURES !== undefined) {
    await printFigures();
    return;
  }
  Mocha.reporters.Base.consoleLog = (...words: unknown[]) => console.log(PRINTED + format(...words));
  const mocha = new Mocha({ ui: "bdd", timeout: 120_000, color: false, reporter: "spec" });
  mocha.suite.emit("pre-require", globalThis, "", mocha);
  // Imported only now: a test file needs `describe` when it is read.
  await import("./activation.test");
  await import("./provider.test");
  await import("./fallthrough.test");
  await import("./settings.test");
  await import("./catalog.test");
  await import("./badInput.test");
  await import("./server.test");
  await import("./python.test");
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${String(failures)} tests in the extension host failed`);
}
