/** Numbers as the page shows them. */
import type { DimensionValues } from "../wire/protocol";

export type Dimension = keyof DimensionValues;

export const DIMENSIONS: readonly { readonly key: Dimension; readonly name: string }[] = [
  { key: "reasoning", name: "Reasoning" },
  { key: "code_gen", name: "Code generation" },
  { key: "debugging", name: "Debugging" },
  { key: "tool_use", name: "Tool use" },
];

/** A score, capability, deficit or shortfall. */
export function score(value: number): string {
  return value.toFixed(2);
}

/** USD with as many decimals as two figures need, so that a request's cost does not read as nothing. */
export function dollars(usd: number): string {
  const sign = usd < 0 ? "−" : "";
  const size = Math.abs(usd);
  if (size === 0) return "$0";
  const decimals = size >= 0.1 ? 2 : Math.min(1 - Math.floor(Math.log10(size)), 8);
  return `${sign}$${size.toFixed(decimals)}`;
}

export function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${ms.toFixed(0)} ms`;
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
