/** Config keys and metrics of runs as columns that charts draw. Pure. */
import { numberOf } from "../data/packed";
import type { RunRow } from "../data/types";
import { bestOf, configKeysOf, configOf, differingKeys, durationOf, goalOf, lastOf, metricsOf } from "../lib/facts";
import { isNumeric } from "../lib/format";
import { natural } from "../run/natural";

export type Kind = "config" | "metric" | "fact";

/** One column of the runs. */
export interface Dimension {
  key: string;
  kind: Kind;
  /** Numbers, or names in an order of their own. */
  numeric: boolean;
  /** Whether a logarithmic axis fits: positive numbers over two decades or more. */
  log: boolean;
  /** Of names, in order; empty for numbers. */
  names: string[];
  /** Better at the lower or the higher end; null: not told. */
  goal: "lower" | "higher" | null;
  numbers: number[]; // (runs,) value, or place in `names`; NaN: it has none
  texts: string[]; // (runs,) as it is said; "": it has none
}

const MOST_NAMES = 60; // different values of a column of names that charts can show

/** The id that choices are remembered by: keys of config and metrics may be the same. */
export function idOf(dimension: Pick<Dimension, "kind" | "key">): string {
  return `${dimension.kind}:${dimension.key}`;
}

/**
 * Columns of some runs: config keys that differ, all metrics by their best value (their last where
 * no goal is known), and how long the runs took.
 */
export function dimensionsOf(runs: readonly RunRow[], allConfig = false): Dimension[] {
  const keys = allConfig ? configKeysOf(runs) : differingKeys(runs);
  return [
    ...keys.map((key) => configDimension(runs, key)),
    ...metricsOf(runs).map((key) => metricDimension(runs, key)),
    numbered(runs, "duration_s", "fact", (run) => durationOf(run)),
  ];
}

export function configDimension(runs: readonly RunRow[], key: string): Dimension {
  const values = runs.map((run) => configOf(run)[key]);
  const known = values.filter((value) => value !== undefined && value !== null);
  if (known.length && known.every(isNumeric)) return numbered(runs, key, "config", (run) => numberOf(configOf(run)[key] ?? null));
  const texts = values.map((value) => (value === undefined ? "" : textOf(value)));
  const names = [...new Set(texts.filter(Boolean))].sort(natural);
  const places = new Map(names.map((name, i) => [name, i]));
  return {
    key,
    kind: "config",
    numeric: false,
    log: false,
    names,
    goal: null,
    numbers: texts.map((text) => places.get(text) ?? NaN),
    texts,
  };
}

export function metricDimension(runs: readonly RunRow[], key: string): Dimension {
  const goal = goalOf(runs, key);
  return { ...numbered(runs, key, "metric", (run) => (goal ? bestOf(run, key) : lastOf(run, key))), goal };
}

/** A metric where there is one of that name, else a config key. */
export function dimensionNamed(runs: readonly RunRow[], name: string): Dimension {
  const bare = name.replace(/^config\./, "");
  const metric = runs.some((run) => name in run.metrics);
  if (metric) return metricDimension(runs, name);
  return name === "duration_s" ? numbered(runs, name, "fact", (run) => durationOf(run)) : configDimension(runs, bare);
}

function numbered(runs: readonly RunRow[], key: string, kind: Kind, get: (run: RunRow) => number): Dimension {
  const numbers = runs.map(get);
  const finite = numbers.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  return {
    key,
    kind,
    numeric: true,
    log: low > 0 && (high / low >= 100 || arePowers(finite)),
    names: [],
    goal: null,
    numbers,
    texts: numbers.map((value) => (Number.isNaN(value) ? "" : String(value))),
  };
}

/** Whether at least three different values are all powers of two, as sizes of layers are. */
function arePowers(values: readonly number[]): boolean {
  const different = new Set(values);
  return different.size > 2 && [...different].every((value) => Number.isInteger(Math.log2(value)));
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value === "" ? '""' : value;
  return JSON.stringify(value) ?? "";
}

/** Whether a chart can show it: some run has a value, and there are not too many names. */
export function isUsable(dimension: Dimension): boolean {
  const known = dimension.numbers.some(Number.isFinite);
  return known && (dimension.numeric || dimension.names.length <= MOST_NAMES);
}

/** Whether the runs have more than one value of it. */
export function varies(dimension: Dimension): boolean {
  const first = dimension.texts.find(Boolean);
  return first !== undefined && dimension.texts.some((text) => text !== "" && text !== first);
}

/** The metric that charts begin with: the one that most runs have, of those with a goal. */
export function mainMetric(dimensions: readonly Dimension[]): Dimension | null {
  const known = (dimension: Dimension) => dimension.numbers.filter(Number.isFinite).length;
  const metrics = dimensions.filter((one) => one.kind === "metric" && isUsable(one));
  const rank = (one: Dimension) =>
    known(one) * 10 + (one.goal ? 4 : 0) + (/val|eval|test/i.test(one.key) ? 2 : 0) + (/loss|acc/i.test(one.key) ? 1 : 0);
  return metrics.reduce<Dimension | null>((best, one) => (best && rank(best) >= rank(one) ? best : one), null);
}

/** A range on an axis, both ends in it. */
export type Interval = readonly [number, number];

/** Runs (by index) that lie in one interval of every brushed axis; null: nothing is brushed. */
export function brushed(
  dimensions: readonly Dimension[],
  brushes: ReadonlyMap<string, readonly Interval[]>,
): number[] | null {
  const active = dimensions.filter((one) => (brushes.get(idOf(one)) ?? []).length > 0);
  if (!active.length) return null;
  const n = active[0]!.numbers.length;
  return Array.from({ length: n }, (_, i) => i).filter((i) =>
    active.every((one) =>
      brushes.get(idOf(one))!.some(([low, high]) => one.numbers[i]! >= low && one.numbers[i]! <= high),
    ),
  );
}
