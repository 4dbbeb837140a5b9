/** What the crosshair reads: the value of each line at an x. */
import { signal } from "@preact/signals";
import { nearest, type Line } from "./lines";
import { projections, type Frame } from "./project";

export interface Reading {
  line: Line;
  /** Where the line has its nearest point. */
  x: number;
  value: number;
  raw: number | null;
}

export interface Tip {
  title: string;
  /** The metric, which may have a goal. */
  metric: string;
  /** The x of the crosshair, as it is shown. */
  at: string;
  readings: readonly Reading[]; // highest first
  /** The line nearest to the pointer. */
  near: Line | null;
  /** Place of the pointer in the window. */
  left: number;
  top: number;
}

/** The tooltip that shows, if any. */
export const tip = signal<Tip | null>(null);

/**
 * The lines' values at an x, the highest first; lines that are not there are left out.
 *
 * @param reach how far from its first or last point a line still counts, in units of x.
 */
export function readings(lines: readonly Line[], x: number, reach: number): Reading[] {
  const found: Reading[] = [];
  for (const line of lines) {
    const n = line.xs.length;
    if (n === 0 || x < line.xs[0]! - reach || x > line.xs[n - 1]! + reach) continue;
    const at = nearest(line.xs, x);
    const raw = line.raw === null ? null : line.raw[at]!;
    found.push({ line, x: line.xs[at]!, value: line.ys[at]!, raw });
  }
  const rank = (value: number) => (Number.isNaN(value) ? -Infinity : value);
  return found.sort((a, b) => rank(b.value) - rank(a.value));
}

/** The reading whose point is nearest to a height; null: none within `most` pixels. */
export function closest(
  found: readonly Reading[],
  frame: Frame,
  y: number,
  most: number,
): Reading | null {
  const [, py] = projections(frame);
  let best: Reading | null = null;
  let least = most;
  for (const reading of found) {
    const distance = Math.abs(py(reading.value) - y);
    if (distance < least) {
      least = distance;
      best = reading;
    }
  }
  return best;
}

/** Some readings around one of them, in their order: what fits into a tooltip. */
export function around(
  found: readonly Reading[],
  near: Line | null,
  limit: number,
): { shown: readonly Reading[]; before: number; after: number } {
  if (found.length <= limit) return { shown: found, before: 0, after: 0 };
  const at = Math.max(0, found.findIndex((reading) => reading.line === near));
  const first = Math.min(Math.max(0, at - Math.floor(limit / 2)), found.length - limit);
  return {
    shown: found.slice(first, first + limit),
    before: first,
    after: found.length - first - limit,
  };
}
