/** Three requests of plainly different difficulty, for the three test models of `MODELS`. Each is long enough
 * to speak for itself: a short one in agent mode is given the context floor. */
export const EASY =
  "Please say hello to everyone on the team and wish them a nice weekend in one short sentence.";
export const MIDDLE =
  "Our nightly import fails with a timeout on large files: find out why, make it stream, and write a test that " +
  "would have caught it.";
export const HARD =
  "Our distributed consensus service deadlocks under partial partitions: find the race in the lock-free log " +
  "replication, prove the fix is linearizable, refactor the storage engine across all modules and migrate the tests.";

/** The catalog entries of the test models, as a user writes them in `hydraAuto.catalog`. */
export const CATALOG = {
  models: [
    entry("cheap", "Cheap", 0.2, 0.1),
    entry("mid", "Mid", 0.6, 1),
    entry("strong", "Strong", 0.9, 10),
  ],
};

function entry(id: string, name: string, capability: number, price: number) {
  return {
    id: `test-${id}`,
    name,
    vendor: "test-models",
    match: [`*/*/${id}`],
    price: { input: price, output: 4 * price },
    limits: { context: 120_000 },
    capabilities: {
      reasoning: capability,
      code_gen: capability,
      debugging: capability,
      tool_use: capability,
    },
  };
}
