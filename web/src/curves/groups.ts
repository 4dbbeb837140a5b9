/** Several runs as one curve: their mean, and the band that they cover. */
import type { Band } from "../state/view";
import type { BadPoint, Line, Look } from "./lines";

const MOST_POINTS = 600;

/**
 * The mean of several lines.
 *
 * Each is read at the same places (all their x, thinned to 600) by linear interpolation between
 * its points, and only inside its own range, so that a run that ended early neither stops nor bends
 * the mean before that.
 *
 * @param lines of the group's runs, not smoothed: smooth the mean and not its parts.
 * @param band `range`: lowest to highest run; `deviation`: mean ± one standard deviation.
 */
export function meanLine(lines: readonly Line[], look: Look, band: Band): Line {
  const xs = places(lines);
  const n = xs.length;
  const mean = new Float64Array(n).fill(NaN);
  const low = new Float64Array(n).fill(NaN);
  const high = new Float64Array(n).fill(NaN);
  const at = lines.map(() => 0);
  for (let i = 0; i < n; i++) {
    const x = xs[i]!;
    let count = 0;
    let sum = 0;
    let squares = 0;
    let least = Infinity;
    let most = -Infinity;
    lines.forEach((line, k) => {
      while (at[k]! + 1 < line.xs.length && line.xs[at[k]! + 1]! <= x) at[k]!++;
      const y = between(line, at[k]!, x);
      if (!Number.isFinite(y)) return;
      count++;
      sum += y;
      squares += y * y;
      if (y < least) least = y;
      if (y > most) most = y;
    });
    if (count === 0) continue;
    mean[i] = sum / count;
    if (band === "deviation") {
      const deviation =
        count > 1 ? Math.sqrt(Math.max(0, (squares - (sum * sum) / count) / (count - 1))) : 0;
      low[i] = mean[i]! - deviation;
      high[i] = mean[i]! + deviation;
    } else {
      low[i] = least;
      high[i] = most;
    }
  }
  const bad: BadPoint[] = lines.flatMap((line) => line.bad);
  return {
    ...look,
    runs: lines.flatMap((line) => line.runs),
    xs,
    ys: mean,
    raw: null,
    low: band === "none" ? null : low,
    high: band === "none" ? null : high,
    bad,
  };
}

/** All x of some lines, each once, ascending, at most MOST_POINTS of them. */
function places(lines: readonly Line[]): Float64Array {
  const all = new Set<number>();
  for (const line of lines) for (const x of line.xs) all.add(x);
  const sorted = Float64Array.from(all).sort();
  if (sorted.length <= MOST_POINTS) return sorted;
  const last = sorted.length - 1;
  return Float64Array.from(
    { length: MOST_POINTS },
    (_, i) => sorted[Math.round((i * last) / (MOST_POINTS - 1))]!,
  );
}

/** The line at x, given the last point that is not after it; NaN outside its range. */
function between(line: Line, at: number, x: number): number {
  const x0 = line.xs[at];
  if (x0 === undefined || x < x0) return NaN;
  const y0 = line.ys[at]!;
  if (x === x0) return y0;
  const x1 = line.xs[at + 1];
  if (x1 === undefined) return NaN;
  return y0 + ((line.ys[at + 1]! - y0) * (x - x0)) / (x1 - x0);
}
