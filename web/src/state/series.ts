/** The points of metrics: fetched when a panel shows them, and growing while runs are running. */
import { signal, type Signal } from "@preact/signals";
import { source } from "../data/context";
import { numberOf } from "../data/packed";
import { paths } from "../data/paths";
import type { LiveEvent, LivePoints, PackedEntry } from "../data/types";

/** Points that the server is asked for, of each run and metric. */
const POINTS = 1000;
/** Runs that are named in one request: the URL stays short. */
const RUNS_AT_ONCE = 60;
/** A live curve is thinned on this side when it gets longer. */
const MOST_LIVE = 6000;

export interface MetricSeries {
  /** By run. */
  entries: Map<string, PackedEntry>;
  /** Counts up when entries change: panels watch it. */
  version: Signal<number>;
  /** Why the last request failed. */
  failure: Signal<string | null>;
  loading: Signal<number>;
  asked: Set<string>;
  /** Of these, the runs whose request failed. */
  failed: Set<string>;
}

const known = new Map<string, MetricSeries>();

/** The series of a metric, empty at first. */
export function seriesOf(metric: string): MetricSeries {
  let found = known.get(metric);
  if (found === undefined) {
    found = {
      entries: new Map(),
      version: signal(0),
      failure: signal(null),
      loading: signal(0),
      asked: new Set(),
      failed: new Set(),
    };
    known.set(metric, found);
  }
  return found;
}

/** Get what is not here yet of a metric for some runs; returns at once. */
export function wantSeries(metric: string, runs: readonly string[]): void {
  const series = seriesOf(metric);
  const data = source();
  if (data.page.api === undefined) {
    // A report holds all runs of a metric in one piece.
    if (series.asked.size === 0) void load(series, metric, null, runs);
    for (const run of runs) series.asked.add(run);
    return;
  }
  const missing = runs.filter((run) => !series.asked.has(run));
  for (let i = 0; i < missing.length; i += RUNS_AT_ONCE) {
    const some = missing.slice(i, i + RUNS_AT_ONCE);
    for (const run of some) series.asked.add(run);
    void load(series, metric, some, some);
  }
}

async function load(
  series: MetricSeries,
  metric: string,
  query: readonly string[] | null,
  runs: readonly string[],
): Promise<void> {
  series.loading.value++;
  try {
    const path = paths.series(metric);
    if (query === null && !source().has(path)) {
      series.failure.value = "This report does not hold the curve.";
      return;
    }
    const found = await source().packed(
      path,
      query === null ? undefined : { run: query, points: POINTS },
    );
    for (const entry of found) series.entries.set(entry.run, entry);
    series.failure.value = null;
    series.version.value++;
  } catch (error) {
    // They stay asked for: asking a server that is away again and again would not bring it back.
    for (const run of runs) series.failed.add(run);
    series.failure.value = error instanceof Error ? error.message : String(error);
  } finally {
    series.loading.value--;
  }
}

/** Ask again for what could not be got: the server is back. */
export function retrySeries(): void {
  for (const [metric, series] of known) {
    const runs = [...series.failed];
    series.failed.clear();
    for (const run of runs) series.asked.delete(run);
    wantSeries(metric, runs);
  }
}

/**
 * A closer look at some runs between two steps, for a zoomed panel of the dashboard.
 *
 * @returns entries by run; null: this source has nothing finer.
 */
export async function refine(
  metric: string,
  runs: readonly string[],
  from: number,
  to: number,
): Promise<Map<string, PackedEntry> | null> {
  if (source().page.api === undefined || runs.length === 0) return null;
  const found = await source().packed(paths.series(metric), {
    run: runs.slice(0, RUNS_AT_ONCE),
    points: POINTS,
    from: Math.floor(from),
    to: Math.ceil(to),
  });
  return new Map(found.map((entry) => [entry.run, entry]));
}

export type NewPoints = Pick<Extract<LiveEvent, { points: unknown }>, "run" | "points" | "from">;

/** Take in points that the server sent; a gap makes the series be fetched again. */
export function takePoints(event: NewPoints): void {
  for (const [metric, points] of Object.entries(event.points)) {
    const series = known.get(metric);
    if (series === undefined || !series.asked.has(event.run)) continue;
    const entry = series.entries.get(event.run);
    const before = event.from[metric] ?? 0;
    // Nothing here yet: the answer that is under way holds these points or comes before them.
    if (entry === undefined && before > 0) {
      if (series.loading.value === 0) void load(series, metric, [event.run], [event.run]);
      continue;
    }
    const total = entry?.total ?? 0;
    if (before > total) {
      void load(series, metric, [event.run], [event.run]);
      continue;
    }
    // An older piece is known; one that ends where we end may replace a value of the same step.
    if (points.steps.length === 0 || before + points.steps.length < total) continue;
    const base = before < total ? cutAt(entry!, points.steps[0]!, before) : entry;
    series.entries.set(event.run, appended(base, event.run, metric, points));
    series.version.value++;
  }
}

/** Forget everything, and fetch again what was asked for: the server's stream had a gap. */
export function refetchSeries(): void {
  for (const [metric, series] of known) {
    const runs = [...series.asked];
    series.asked.clear();
    series.failed.clear();
    wantSeries(metric, runs);
  }
}

/** Drop runs that are gone. */
export function dropSeries(runs: readonly string[]): void {
  for (const series of known.values())
    for (const run of runs) {
      series.asked.delete(run);
      series.failed.delete(run);
      if (series.entries.delete(run)) series.version.value++;
    }
}

/** Forget all series: for tests. */
export function forgetSeries(): void {
  known.clear();
}

// Room for points to come, so that appending does not copy each time: view → its whole buffer.
const room = new WeakMap<Float64Array, Float64Array>();

/** What an entry has before a step. */
function cutAt(entry: PackedEntry, step: number, total: number): PackedEntry {
  let n = entry.steps.length;
  while (n > 0 && entry.steps[n - 1]! >= step) n--;
  return {
    ...entry,
    total,
    steps: entry.steps.slice(0, n),
    times: entry.times && entry.times.slice(0, n),
    values: entry.values.slice(0, n),
  };
}

function appended(
  entry: PackedEntry | undefined,
  run: string,
  key: string,
  points: LivePoints,
): PackedEntry {
  const added = points.steps.length;
  const base = entry ?? {
    run,
    key,
    total: 0,
    steps: new Float64Array(),
    times: new Float64Array(),
    values: new Float64Array(),
  };
  const grown: PackedEntry = {
    run,
    key,
    total: base.total + added,
    steps: extend(base.steps, added, (i) => points.steps[i]!),
    times: base.times && extend(base.times, added, (i) => points.times[i]!),
    values: extend(base.values, added, (i) => numberOf(points.values[i])),
  };
  return grown.steps.length > MOST_LIVE ? thinned(grown) : grown;
}

function extend(old: Float64Array, added: number, value: (i: number) => number): Float64Array {
  const n = old.length;
  let whole = room.get(old);
  if (whole === undefined || whole.length < n + added) {
    whole = new Float64Array(Math.max(64, 2 * (n + added)));
    whole.set(old);
  }
  for (let i = 0; i < added; i++) whole[n + i] = value(i);
  const view = whole.subarray(0, n + added);
  room.set(view, whole);
  return view;
}

/** Keep the lowest and highest of each pair of neighbouring pairs: half the points. */
function thinned(entry: PackedEntry): PackedEntry {
  const kept: number[] = [];
  const { values } = entry;
  const n = values.length;
  for (let i = 0; i < n; i += 4) {
    let least = i;
    let most = i;
    for (let k = i; k < Math.min(n, i + 4); k++) {
      if (Number.isNaN(values[k]!)) least = k;
      else if (values[k]! < values[least]!) least = k;
      if (values[k]! > values[most]!) most = k;
    }
    kept.push(Math.min(least, most));
    if (least !== most) kept.push(Math.max(least, most));
  }
  if (kept.at(-1) !== n - 1) kept.push(n - 1);
  const pick = (from: Float64Array) => Float64Array.from(kept, (i) => from[i]!);
  return {
    ...entry,
    steps: pick(entry.steps),
    times: entry.times && pick(entry.times),
    values: pick(values),
  };
}
