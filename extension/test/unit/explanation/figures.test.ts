import { describe, expect, it } from "vitest";
import { dollars, milliseconds, percent } from "../../../src/explanation/figures";

describe("figures", () => {
  it("show two figures of a small cost", () => {
    expect([0, 0.0004, 0.0123, 0.5, 12.345, -0.02].map(dollars)).toEqual([
      "$0",
      "$0.00040",
      "$0.012",
      "$0.50",
      "$12.35",
      "−$0.020",
    ]);
  });

  it("show milliseconds and shares", () => {
    expect([milliseconds(3.14159), milliseconds(41.7), percent(0.125)]).toEqual(["3.1 ms", "42 ms", "13 %"]);
  });
});
