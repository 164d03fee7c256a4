import { expect, it } from "vitest";
import { Places } from "../../../src/explanation/places";
import type { CatalogModel, CatalogResult } from "../../../src/wire/protocol";
import { route, verdict } from "./decisions";

const decided = (folder: string | null, catalogVersion: string) =>
  route([verdict("m")], { folder, catalogVersion });

/** A router that answers with the folder's own file when it is told to. */
function setUp() {
  const asked: (string | null)[] = [];
  const answers: (() => void)[] = [];
  const router = {
    catalog: (folder: string | null) => {
      asked.push(folder);
      const origin = { layer: "workspace", file: `${folder ?? "first"}/catalog.yaml`, line: 1, column: 1 };
      const models = [{ id: "m", origin }] as CatalogModel[];
      return new Promise<CatalogResult>((resolve) =>
        answers.push(() => resolve({ models } as CatalogResult)),
      );
    },
  };
  const places = new Places(router, () => undefined);
  return { asked, answers, places, file: () => places.origins.get("m")?.file };
}

it("are those of the folder that decided, asked once per folder and version", async () => {
  const { asked, answers, places, file } = setUp();
  for (const shown of [decided("a", "1"), decided("a", "1"), decided("b", "1"), decided("b", "2")]) {
    const looked = places.lookUp(shown);
    answers.at(-1)?.();
    await looked;
    expect(file()).toBe(`${shown.folder ?? ""}/catalog.yaml`);
  }
  expect(asked).toEqual(["a", "b", "b"]);
});

it("are not those of a decision that is shown no longer", async () => {
  const { answers, places, file } = setUp();
  const first = places.lookUp(decided("a", "1"));
  const second = places.lookUp(decided(null, "2"));
  answers[1]?.();
  await second;
  answers[0]?.();
  await first;
  expect(file()).toBe("first/catalog.yaml");
  void places.lookUp(decided("c", "3"));
  expect(file()).toBeUndefined();
});
