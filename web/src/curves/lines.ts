/** What is drawn of a metric: lines with x and y, made of series and the reader's view. */
import type { PackedEntry } from "../data/types";
import type { XAxis } from "../state/view";
import { smoothed } from "./smooth";

/** A value that is not finite, at its x. */
export interface BadPoint {
  x: number;
  value: number; // NaN, Infinity or -Infinity
}

export interface Line {
  /** What it is called for the reader. */
  label: string;
  /** The run, or the runs of a group. */
  runs: readonly string[];
  colour: string;
  dash: readonly number[];
  /** Whether it stands out: the baseline. */
  strong: boolean;
  xs: Float64Array; // (n,) ascending
  ys: Float64Array; // (n,) NaN where there is a gap
  /** Before smoothing; null: `ys` is that. */
  raw: Float64Array | null; // (n,)
  low: Float64Array | null; // (n,) of a band
  high: Float64Array | null; // (n,)
  bad: readonly BadPoint[];
}

export interface Look {
  label: string;
  colour: string;
  dash: readonly number[];
  strong: boolean;
}

/**
 * The x of each point of a series.
 *
 * @param entry the series.
 * @param axis what x is.
 * @param created_s when the run began, seconds since the epoch.
 * @param other the series of the metric that is x: a point takes its newest value.
 * @returns NaN where a point has no x.
 */
export function xValues(
  entry: PackedEntry,
  axis: XAxis,
  created_s: number,
  other?: PackedEntry,
): Float64Array {
  if (axis === "step") return entry.steps;
  if (axis === "time" || axis === "relative") {
    if (entry.times === null) return new Float64Array(entry.steps.length).fill(NaN);
    return axis === "time" ? entry.times : entry.times.map((time) => time - created_s);
  }
  const found = new Float64Array(entry.steps.length).fill(NaN);
  if (other === undefined) return found;
  let at = 0;
  for (let i = 0; i < found.length; i++) {
    while (at < other.steps.length && other.steps[at]! <= entry.steps[i]!) at++;
    if (at > 0) found[i] = other.values[at - 1]!;
  }
  return found;
}

/** One run's line: points without an x left out, in the order of x, smoothed. */
export function lineOf(
  entry: PackedEntry,
  look: Look,
  xs: Float64Array,
  weight: number,
): Line {
  let { x, y } = inOrder(xs, entry.values);
  const bad: BadPoint[] = [];
  for (let i = 0; i < y.length; i++)
    if (!Number.isFinite(y[i]!)) bad.push({ x: x[i]!, value: y[i]! });
  const smooth = smoothed(y, weight);
  return {
    ...look,
    runs: [entry.run],
    xs: x,
    ys: smooth,
    raw: smooth === y ? null : y,
    low: null,
    high: null,
    bad,
  };
}

/** Drop points without x, and sort by x where it goes back (a metric as x may do so). */
function inOrder(xs: Float64Array, ys: Float64Array): { x: Float64Array; y: Float64Array } {
  let ordered = true;
  for (let i = 0; i < xs.length && ordered; i++)
    ordered = Number.isFinite(xs[i]!) && (i === 0 || xs[i]! >= xs[i - 1]!);
  if (ordered) return { x: xs, y: ys };
  const kept = [...xs.keys()].filter((i) => Number.isFinite(xs[i]!));
  kept.sort((a, b) => xs[a]! - xs[b]! || a - b);
  return { x: Float64Array.from(kept, (i) => xs[i]!), y: Float64Array.from(kept, (i) => ys[i]!) };
}

/** Index of the point nearest to x; -1: there is none. */
export function nearest(xs: Float64Array, x: number): number {
  let low = 0;
  let high = xs.length - 1;
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle]! < x) low = middle + 1;
    else high = middle;
  }
  return low > 0 && x - xs[low - 1]! <= xs[low]! - x ? low - 1 : low;
}

/** First and last index of the points in a range of x, one more on each side: what is drawn. */
export function within(xs: Float64Array, from: number, to: number): [number, number] {
  let low = 0;
  let high = xs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle]! < from) low = middle + 1;
    else high = middle;
  }
  const first = Math.max(0, low - 1);
  high = xs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (xs[middle]! <= to) low = middle + 1;
    else high = middle;
  }
  return [first, Math.min(xs.length - 1, low)];
}
