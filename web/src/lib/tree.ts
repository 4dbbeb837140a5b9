/** Nested mappings and flat ones with dotted keys. */

export type Nested = Record<string, unknown>;

export function isMapping(value: unknown): value is Nested {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An object without a prototype: no key of a run, not even `__proto__`, means anything to it. */
export function dictionary<T = unknown>(): Record<string, T> {
  return Object.create(null) as Record<string, T>;
}

/** `{a: {b: 1}}` → `{"a.b": 1}`; an empty mapping stays as a value. */
export function flatten(nested: Nested, prefix = "", flat: Nested = dictionary()): Nested {
  for (const [key, value] of Object.entries(nested)) {
    if (isMapping(value) && Object.keys(value).length > 0) flatten(value, `${prefix}${key}.`, flat);
    else flat[prefix + key] = value;
  }
  return flat;
}
