/** From values to places on a plot, and lines to polylines: for the screen and for files alike. */
import type { Line } from "./lines";
import { within } from "./lines";

/** A linear or logarithmic axis. */
export interface Scale {
  min: number;
  max: number;
  log: boolean;
}

/** A plot area and its two axes; y grows downwards. */
export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
  x: Scale;
  y: Scale;
}

/** A function from values to pixels; values that a log axis cannot show are NaN. */
export function project(scale: Scale, from: number, size: number): (value: number) => number {
  const transform = scale.log ? Math.log10 : (value: number) => value;
  const low = transform(scale.min);
  const factor = size / (transform(scale.max) - low || 1);
  if (!scale.log) return (value) => from + (value - low) * factor;
  return (value) => (value > 0 ? from + (Math.log10(value) - low) * factor : NaN);
}

/** x and y of a frame. */
export function projections(frame: Frame): [(x: number) => number, (y: number) => number] {
  return [
    project(frame.x, frame.left, frame.width),
    project(frame.y, frame.top + frame.height, -frame.height),
  ];
}

/**
 * The polylines of a series of points: `[x0, y0, x1, y1, …]` each, broken where a value is missing.
 *
 * Where several points share a pixel column, its first, lowest, highest and last are kept.
 */
export function polylines(xs: Float64Array, ys: Float64Array, frame: Frame): number[][] {
  const [px, py] = projections(frame);
  const found: number[][] = [];
  if (xs.length === 0) return found;
  const [first, last] = within(xs, frame.x.min, frame.x.max);
  const dense = last - first > 3 * frame.width;
  // Far outside, a canvas loses precision; a line to a point there looks the same when clipped.
  const top = frame.top - 4 * frame.height;
  const bottom = frame.top + 5 * frame.height;
  let line: number[] = [];
  let column = NaN;
  let low = 0;
  let high = 0;
  let end = 0;
  const flush = () => {
    if (Number.isNaN(column)) return;
    if (low !== high || low !== end) line.push(column, low, column, high, column, end);
    column = NaN;
  };
  for (let i = first; i <= last; i++) {
    const x = px(xs[i]!);
    const y = Math.min(bottom, Math.max(top, py(ys[i]!)));
    if (!Number.isFinite(x) || Number.isNaN(y) || !Number.isFinite(ys[i]!)) {
      flush();
      if (line.length > 0) found.push(line);
      line = [];
      continue;
    }
    if (!dense) {
      line.push(x, y);
      continue;
    }
    const place = Math.round(x);
    if (place !== column) {
      flush();
      column = place;
      low = high = end = y;
      line.push(place, y);
    } else {
      low = Math.min(low, y);
      high = Math.max(high, y);
      end = y;
    }
  }
  flush();
  if (line.length > 0) found.push(line);
  return found;
}

/** Closed outlines of a band, one for each stretch without a gap. */
export function outlines(line: Line, frame: Frame): number[][] {
  if (line.low === null || line.high === null) return [];
  const upper = polylines(line.xs, line.high, frame);
  const lower = polylines(line.xs, line.low, frame);
  if (upper.length !== lower.length) return [];
  return upper.map((above, i) => {
    const below = lower[i]!;
    const outline = [...above];
    for (let k = below.length - 2; k >= 0; k -= 2) outline.push(below[k]!, below[k + 1]!);
    return outline;
  });
}
