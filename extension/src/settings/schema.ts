/**
 * Settings as the manifest declares them. The editor marks a value that does not fit but passes it on, and a
 * repository's settings must not be able to keep the server down, which refuses one.
 */

/** What the manifest uses of JSON Schema. */
export interface Schema {
  readonly type: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** The only keys of an object, each optional; absent: any. */
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** `value` where it fits, without the keys that do not; else `fallback`. */
export function fitting(value: unknown, schema: Schema, fallback: unknown): unknown {
  if (!fits(value, schema)) return fallback;
  const { properties } = schema;
  if (properties === undefined) return value;
  const entries = Object.entries(value as object).filter(([key, own]) => {
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
    return known !== undefined && fits(own, known);
  });
  return Object.fromEntries(entries);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fits(value: unknown, schema: Schema): boolean {
  const { minimum = -Infinity, maximum = Infinity } = schema;
  if (![schema.type].flat().some((type) => isOf(value, type))) return false;
  if (schema.enum !== undefined && !schema.enum.includes(value)) return false;
  return typeof value !== "number" || (value >= minimum && value <= maximum);
}

function isOf(value: unknown, type: string): boolean {
  if (type === "null") return value === null;
  if (type === "object") return isObject(value);
  if (type === "integer") return Number.isInteger(value);
  return type === "number" ? Number.isFinite(value) : typeof value === type;
}
