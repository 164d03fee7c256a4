/** A window that installs, as a process of its own: EXTENSION, PYTHON (its facts as JSON), FOLDER, WHEELS. */
import { Bundled } from "../../src/server/command";
import { install } from "../../src/server/native/install";
import type { Facts } from "../../src/server/python/interpreter";

const [extension = "", python = "", folder = "", wheels = ""] = process.argv.slice(2);

install({
  bundled: new Bundled(extension),
  python: JSON.parse(python) as Facts,
  folder,
  wheels,
  onLine: (line) => console.log(line),
  signal: new AbortController().signal,
}).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
