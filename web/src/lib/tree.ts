/** Nested mappings and flat ones with dotted keys. */

export type Nested = Record<string, unknown>;

export function isMapping(value: unknown): value is Nested {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `{a: {b: 1}}` → `{"a.b": 1}`; an empty mapping stays as a value. */
export function flatten(nested: Nested, prefix = "", flat: Nested = {}): Nested {
  for (const [key, value] of Object.entries(nested)) {
    if (isMapping(value) && Object.keys(value).length > 0) flatten(value, `${prefix}${key}.`, flat);
    else flat[prefix + key] = value;
  }
  return flat;
}
