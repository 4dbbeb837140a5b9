/** Packed series: a JSON header, then little-endian arrays, each beginning at a multiple of 8. */
import type { PackedEntry } from "./types";

interface ArrayAt {
  at: number;
  type: "i4" | "f4" | "f8";
}

interface HeaderEntry {
  run: string;
  key: string;
  n: number;
  total: number;
  steps: { first: number; stride: number } | ArrayAt;
  time0: number;
  times: ArrayAt | null;
  values: ArrayAt;
}

/**
 * Read a packed answer.
 *
 * @throws Error if it is cut short or none.
 */
export function unpack(bytes: Uint8Array): PackedEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true);
  const body = 4 + length;
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, body))) as {
    entries: HeaderEntry[];
  };
  const read = (where: ArrayAt, n: number, plus = 0): Float64Array => {
    const found = new Float64Array(n);
    const from = body + where.at;
    if (where.type === "f8") {
      for (let i = 0; i < n; i++) found[i] = view.getFloat64(from + 8 * i, true) + plus;
    } else if (where.type === "f4") {
      for (let i = 0; i < n; i++) found[i] = view.getFloat32(from + 4 * i, true) + plus;
    } else {
      for (let i = 0; i < n; i++) found[i] = view.getInt32(from + 4 * i, true) + plus;
    }
    return found;
  };
  return header.entries.map((entry) => {
    const { n, steps } = entry;
    return {
      run: entry.run,
      key: entry.key,
      total: entry.total,
      steps:
        "at" in steps
          ? read(steps, n)
          : Float64Array.from({ length: n }, (_, i) => steps.first + i * steps.stride),
      times: entry.times === null ? null : read(entry.times, n, entry.time0),
      values: read(entry.values, n),
    };
  });
}

/** A number as JSON holds it, `"NaN"` and its like included; undefined and null are NaN. */
export function numberOf(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value === "Infinity") return Infinity;
  if (value === "-Infinity") return -Infinity;
  return NaN;
}
