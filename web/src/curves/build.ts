/** The lines of a metric for some runs: series, the x axis, smoothing and grouping put together. */
import type { PackedEntry, RunRow } from "../data/types";
import { createdOf } from "../lib/facts";
import { colour, colourAt, dash, dashAt } from "../state/colours";
import type { Group } from "../state/groups";
import type { Band, XAxis } from "../state/view";
import { meanLine } from "./groups";
import { lineOf, xValues, type Line } from "./lines";
import { smoothed } from "./smooth";

export interface Building {
  runs: readonly RunRow[];
  /** Groups that are drawn as one; null: a line for each run. */
  groups: readonly Group[] | null;
  entries: ReadonlyMap<string, PackedEntry>;
  /** Series of the metric that is x. */
  others: ReadonlyMap<string, PackedEntry> | null;
  axis: XAxis;
  smoothing: number;
  band: Band;
  /** The run that stands out. */
  baseline: string | null;
}

/** Lines in the order of the runs, the baseline last and so on top; runs without the metric are
 * left out. */
export function buildLines(of: Building): Line[] {
  const { groups } = of;
  if (groups === null) {
    const lines = of.runs.flatMap((run) => {
      const strong = run.name === of.baseline && of.runs.length > 1;
      return single(of, run, of.smoothing, colour(run.name), strong) ?? [];
    });
    return lines.sort((a, b) => Number(a.strong) - Number(b.strong));
  }
  return groups.flatMap((group) => {
    const look = {
      label: group.label,
      colour: colourAt(group.place),
      dash: dashAt(group.place),
      strong: group.runs.some((run) => run.name === of.baseline),
    };
    const members = group.runs.flatMap((run) => single(of, run, 0, look.colour, false) ?? []);
    if (members.length === 0) return [];
    const mean = meanLine(members, look, of.band);
    const calm = (values: Float64Array) => smoothed(values, of.smoothing);
    const { low, high } = mean;
    return [{ ...mean, ys: calm(mean.ys), low: low && calm(low), high: high && calm(high) }];
  });
}

interface Made {
  key: string;
  other: PackedEntry | undefined;
  line: Line;
}

// While one run of a thousand grows, the lines of the others stay as they are.
const made = new WeakMap<PackedEntry, Made>();

function single(
  of: Building,
  run: RunRow,
  smoothing: number,
  stroke: string,
  strong: boolean,
): Line | null {
  const entry = of.entries.get(run.name);
  if (entry === undefined || entry.steps.length === 0) return null;
  const other = of.others?.get(run.name);
  const axis = typeof of.axis === "object" ? `metric ${of.axis.metric}` : of.axis;
  const place = dash(run.name);
  const key = [axis, smoothing, stroke, place, strong, run.created_at].join(";");
  const known = made.get(entry);
  if (known !== undefined && known.key === key && known.other === other) return known.line;
  const xs = xValues(entry, of.axis, createdOf(run), other);
  const look = { label: run.name, colour: stroke, dash: place, strong };
  const line = lineOf(entry, look, xs, smoothing);
  if (line.xs.length === 0) return null;
  made.set(entry, { key, other, line });
  return line;
}

/** A series with its part between two steps replaced by a closer look at it. */
export function merged(whole: PackedEntry, closer: PackedEntry): PackedEntry {
  const n = closer.steps.length;
  if (n === 0) return whole;
  const [from, to] = [closer.steps[0]!, closer.steps[n - 1]!];
  const before = lowerBound(whole.steps, from);
  const after = upperBound(whole.steps, to);
  const join = (a: Float64Array, b: Float64Array) => {
    const found = new Float64Array(before + n + a.length - after);
    found.set(a.subarray(0, before));
    found.set(b, before);
    found.set(a.subarray(after), before + n);
    return found;
  };
  return {
    ...whole,
    steps: join(whole.steps, closer.steps),
    times: whole.times && closer.times && join(whole.times, closer.times),
    values: join(whole.values, closer.values),
  };
}

/** The first index whose value is not below a number. */
export function lowerBound(values: Float64Array, number: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

function upperBound(values: Float64Array, number: number): number {
  let low = lowerBound(values, number);
  while (low < values.length && values[low] === number) low++;
  return low;
}

/** Steps of some lines' runs that fall into a range of x: what a closer look asks for. */
export function stepsWithin(
  of: Building,
  range: readonly [number, number],
): readonly [number, number] | null {
  let from = Infinity;
  let to = -Infinity;
  for (const run of of.runs) {
    const entry = of.entries.get(run.name);
    if (entry === undefined || entry.total <= entry.steps.length) continue;
    const xs = xValues(entry, of.axis, createdOf(run), of.others?.get(run.name));
    for (let i = 0; i < xs.length; i++) {
      if (!(xs[i]! >= range[0] && xs[i]! <= range[1])) continue;
      from = Math.min(from, entry.steps[Math.max(0, i - 1)]!);
      to = Math.max(to, entry.steps[Math.min(xs.length - 1, i + 1)]!);
    }
    // Between two points that were kept, the range holds none: its neighbours bound it.
    const next = lowerBound(xs, range[0]);
    if (next > 0 && next < xs.length && xs[next]! > range[1]) {
      from = Math.min(from, entry.steps[next - 1]!);
      to = Math.max(to, entry.steps[next]!);
    }
  }
  return from <= to ? [from, to] : null;
}
