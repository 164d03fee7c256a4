import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EASY } from "../prompts";
import { ask, behave, eventually, hydra, scored, withSetting } from "./helpers";

/** A shell script that says it is such a Python, and ends with this exit code when it is to be the server. */
function pretended(folder: string, version: readonly number[], exit: number): string {
  const file = join(folder, "python3");
  const facts = { executable: file, version, abi: ".so", machine: "x86_64" };
  const answer = `case "$*" in *platform*) echo '${JSON.stringify(facts)}';; *) exit ${String(exit)};; esac`;
  writeFileSync(file, `#!/bin/sh\n${answer}\n`, { mode: 0o755 });
  return file;
}

describe("a Python that cannot run the server", () => {
  const folder = mkdtempSync(join(tmpdir(), "hydra-python-"));
  before(scored);
  beforeEach(() => behave());
  afterEach(scored);
  after(() => rmSync(folder, { recursive: true }));

  const faults: readonly (readonly [string, () => string, RegExp])[] = [
    ["is not there", () => join(folder, "none"), /“hydraAuto.interpreter” names .*none, which cannot be run/],
    ["is too old", () => pretended(folder, [3, 9, 2], 0), /which is Python 3\.9\.2 and not 3\.11 or newer/],
    ["is no Python", () => "/bin/true", /which does not answer as a Python does/],
    [
      "breaks when it starts",
      () => pretended(folder, [3, 12, 1], 3),
      /crashed 5 times .*exit code 3.*stays down/,
    ],
  ];
  for (const [fault, interpreter, reason] of faults)
    it(`${fault}: it is said, and the chat is answered all the same`, async () => {
      const { server, decisions } = await hydra();
      await withSetting("interpreter", interpreter(), async () => {
        await eventually(() => {
          assert.equal(server.state.phase, "failed");
          assert.match(server.state.reason ?? "", reason);
        });
        assert.match((await ask(EASY)).text, /^Hello from/);
        assert.equal(decisions.last?.route, null);
        assert.match(decisions.last.unrouted ?? "", reason);
      });
    });
});
