import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { expect, it } from "vitest";

it.each(["README.md", "../README.md"])(
  "the links and pictures of %s lead to files of the repository",
  (readme) => {
    const links = [...readFileSync(readme, "utf8").matchAll(/\]\(([^)\s#]+)/g)].map(([, link]) => link ?? "");
    const own = links.filter((link) => !/^[a-z]+:/.test(link));
    expect(own.filter((link) => link.endsWith(".png"))).not.toEqual([]);
    expect(own.filter((link) => !existsSync(resolve(dirname(readme), link)))).toEqual([]);
  },
);
