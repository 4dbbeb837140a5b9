/** What range the axes cover. */
import type { Line } from "./lines";
import { within } from "./lines";

export type Range = readonly [number, number];

// Spikes are cut off only if they take this many times the room of all other points.
const SPIKE = 4;
const MOST_SAMPLES = 20_000;

/** The x of all lines together; null: there are no points. */
export function xRange(lines: readonly Line[], log: boolean): Range | null {
  let low = Infinity;
  let high = -Infinity;
  for (const line of lines) {
    const n = line.xs.length;
    if (n === 0) continue;
    high = Math.max(high, line.xs[n - 1]!);
    if (!log) low = Math.min(low, line.xs[0]!);
    else {
      const first = line.xs.find((x) => x > 0);
      if (first !== undefined) low = Math.min(low, first);
    }
  }
  return low <= high ? [low, high] : null;
}

/**
 * The y range of what is drawn between two x, with a little room.
 *
 * @param calm cut off rare spikes that would press everything else flat.
 * @returns the range, and whether something lies outside it; null: there is nothing to draw.
 */
export function yRange(
  lines: readonly Line[],
  x: Range,
  log: boolean,
  calm: boolean,
): { range: Range; cut: boolean } | null {
  let low = Infinity;
  let high = -Infinity;
  const sample: number[] = [];
  let total = 0;
  for (const line of lines) total += line.xs.length;
  const stride = Math.max(1, Math.ceil(total / MOST_SAMPLES));
  const take = (values: Float64Array, first: number, last: number, sampled: boolean) => {
    for (let i = first; i <= last; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value) || (log && value <= 0)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
      if (sampled && i % stride === 0) sample.push(value);
    }
  };
  for (const line of lines) {
    let [first, last] = within(line.xs, x[0], x[1]);
    // The neighbours outside the range are drawn towards, but do not widen it.
    if (line.xs[first]! < x[0] && first < last) first++;
    if (line.xs[last]! > x[1] && first < last) last--;
    take(line.ys, first, last, true);
    if (line.raw !== null && lines.length <= 4) take(line.raw, first, last, false);
    if (line.low !== null) take(line.low, first, last, true);
    if (line.high !== null) take(line.high, first, last, true);
  }
  if (low > high) return null;
  let cut = false;
  if (calm && sample.length >= 20) {
    sample.sort((a, b) => a - b);
    const q = (share: number) => sample[Math.round(share * (sample.length - 1))]!;
    const scale = log ? Math.log10 : (value: number) => value;
    const [inner, outer] = [scale(q(0.98)) - scale(q(0.02)), scale(high) - scale(low)];
    if (inner > 0 && outer > SPIKE * inner) {
      const room = inner * 0.25;
      const back = log ? (value: number) => 10 ** value : (value: number) => value;
      const [from, to] = [scale(q(0.02)) - room, scale(q(0.98)) + room];
      if (scale(low) < from) low = back(from);
      if (scale(high) > to) high = back(to);
      cut = true;
    }
  }
  return { range: padded(low, high, log), cut };
}

function padded(low: number, high: number, log: boolean): Range {
  if (log) {
    const room = Math.max(0.02, (Math.log10(high) - Math.log10(low)) * 0.05);
    return [low / 10 ** room, high * 10 ** room];
  }
  const size = high - low;
  // What differs only by rounding is a constant; axes cannot be divided that finely.
  const same = size <= 1e-9 * Math.max(Math.abs(low), Math.abs(high));
  const room = same ? Math.abs(high) * 0.05 || 1 : size * 0.05;
  return [low - room, high + room];
}
