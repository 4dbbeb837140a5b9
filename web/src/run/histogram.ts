/** Histograms over steps: places in them, ranges, rasters for heatmaps. Pure. */
import type { HistogramSeries } from "../data/types";

/** Index of the value nearest to `x` in an ascending list; -1 of an empty one. */
export function nearestIndex(values: ArrayLike<number>, x: number): number {
  let low = 0;
  let high = values.length - 1;
  if (high < 0) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (values[middle]! <= x) low = middle;
    else high = middle;
  }
  return Math.abs(values[high]! - x) < Math.abs(x - values[low]!) ? high : low;
}

/** Index of the last sample at or before a step; the first sample where none is. */
export function sampleAt(steps: readonly number[], step: number): number {
  let at = 0;
  while (at + 1 < steps.length && steps[at + 1]! <= step) at += 1;
  return at;
}

/** Edges of the bins of sample `i`; null: the tensor was not finite. */
export function edgesAt(series: HistogramSeries, i: number): number[] | null {
  const shared = series.edges as number[];
  if (typeof shared[0] === "number") return shared;
  const own = (series.edges as (number[] | null)[])[i] ?? null;
  const n = series.counts[i]?.length ?? 0;
  // [low, high] stands for bins of equal width between them.
  if (own && own.length === 2 && n > 1)
    return Array.from({ length: n + 1 }, (_, k) => own[0]! + ((own[1]! - own[0]!) * k) / n);
  return own && own.length === n + 1 ? own : null;
}

/**
 * The range of values that a heatmap covers.
 *
 * Single samples that reach much further than the others (a spike of the gradient) are cut off, so
 * that they do not press everything else into one line.
 */
export function valueRange(series: HistogramSeries): [number, number] | null {
  const lows: number[] = [];
  const highs: number[] = [];
  series.steps.forEach((_, i) => {
    const edges = edgesAt(series, i);
    if (!edges) return;
    lows.push(edges[0]!);
    highs.push(edges[edges.length - 1]!);
  });
  if (!lows.length) return null;
  const low = calm(lows, 1);
  const high = calm(highs, -1);
  if (high > low) return [low, high];
  const room = Math.abs(low) * 0.5 || 0.5;
  return [low - room, high + room];
}

function calm(ends: number[], sign: 1 | -1): number {
  const sorted = [...ends].sort((a, b) => sign * (a - b));
  const furthest = sorted[0]!;
  const usual = sorted[Math.floor(sorted.length * 0.05)]!;
  const middle = sorted[sorted.length >> 1]!;
  return Math.abs(furthest) > 4 * Math.max(Math.abs(usual), Math.abs(middle)) ? usual : furthest;
}

/**
 * How dense the values are, on bins that all samples share.
 *
 * @returns (samples × rows) numbers 0 … 1, sample by sample, the lowest values first; each sample's
 *   densest bin is 1. NaN: the tensor was not finite.
 */
export function densities(series: HistogramSeries, range: [number, number], rows: number): Float32Array {
  const [low, high] = range;
  const size = (high - low) / rows;
  const out = new Float32Array(series.steps.length * rows);
  series.steps.forEach((_, i) => {
    const part = out.subarray(i * rows, (i + 1) * rows);
    const edges = edgesAt(series, i);
    const counts = series.counts[i];
    if (!edges || !counts) {
      part.fill(NaN);
      return;
    }
    counts.forEach((count, k) => {
      if (count > 0) spreadOver(part, (edges[k]! - low) / size, (edges[k + 1]! - low) / size, count);
    });
    const most = part.reduce((a, b) => Math.max(a, b), 0);
    if (most > 0) for (let r = 0; r < rows; r += 1) part[r]! /= most;
  });
  return out;
}

/** Share a count among the rows that a bin covers. */
function spreadOver(part: Float32Array, from: number, to: number, count: number): void {
  const width = to - from;
  if (!(width > 0)) {
    const row = Math.floor(from);
    if (row >= 0 && row < part.length) part[row]! += count;
    return;
  }
  const last = Math.min(part.length - 1, Math.ceil(to) - 1);
  for (let row = Math.max(0, Math.floor(from)); row <= last; row += 1) {
    const inside = Math.min(to, row + 1) - Math.max(from, row);
    part[row]! += (count * inside) / width;
  }
}

/** Left ends of the samples' columns and the right end of the last, 0 … 1. */
export function columnEnds(steps: readonly number[]): number[] {
  const n = steps.length;
  if (n < 2) return [0, 1];
  const low = steps[0]! - (steps[1]! - steps[0]!) / 2;
  const high = steps[n - 1]! + (steps[n - 1]! - steps[n - 2]!) / 2;
  const share = (step: number) => (step - low) / (high - low || 1);
  return [0, ...steps.slice(1).map((step, i) => share((steps[i]! + step) / 2)), 1];
}

/** What a name is under: "gradients/layer1.weight" → "layer1.weight". */
export function tensorName(series: HistogramSeries): string {
  return series.name.startsWith(`${series.kind}/`)
    ? series.name.slice(series.kind.length + 1)
    : series.name;
}
