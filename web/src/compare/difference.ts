/** Differences of runs as plain data: read, joined, or worked out from the runs' facts. Pure. */
import { numberOf } from "../data/packed";
import type { JsonNumber, MetricDelta, RunDetail, RunDiff, RunRow, ValueDelta } from "../data/types";
import { configOf } from "../lib/facts";
import { number as spelled } from "../lib/format";
import { flatten, isMapping } from "../lib/tree";
import { commandLine } from "../run/words";

const MEANS = ["utilization_pct", "power_w"];
const PEAKS = ["memory_used_bytes", "memory_bytes", "rss_bytes", "temperature_c"];

/** A diff as it comes: lists of {key, values}, or mappings of keys to values. */
export function readDiff(data: unknown): RunDiff {
  const raw = data as Record<string, unknown>;
  const names = list(raw.names).map(String);
  return {
    names,
    statuses: list(raw.statuses).map(String),
    config: deltas(raw.config),
    metrics: list(raw.metrics) as MetricDelta[],
    code: (list(raw.code) as Partial<RunDiff["code"][number]>[]).map((code) => ({
      which: code.which ?? 1,
      files: code.files ?? [],
      patch: code.patch ?? null,
    })),
    environment: deltas(raw.environment),
    hardware: deltas(raw.hardware),
    checkpoints: list(raw.checkpoints) as RunDiff["checkpoints"],
    command: commandOf(raw.command),
    summary: deltas(raw.summary),
  };
}

function commandOf(command: unknown): ValueDelta | null {
  if (Array.isArray(command)) return { key: "command", values: command };
  return isMapping(command) ? (command as unknown as ValueDelta) : null;
}

function deltas(found: unknown): ValueDelta[] {
  if (Array.isArray(found)) return found as ValueDelta[];
  if (!isMapping(found)) return [];
  return Object.entries(found).map(([key, values]) => ({ key, values: list(values) }));
}

function list(found: unknown): unknown[] {
  return Array.isArray(found) ? found : [];
}

/** Diffs of one baseline with one other run each → one diff of them all. */
export function mergeDiffs(pairs: readonly RunDiff[]): RunDiff {
  const [first, ...rest] = pairs;
  if (!first) throw new Error("nothing to compare");
  if (!rest.length) return first;
  const values = (of: (diff: RunDiff) => readonly ValueDelta[]) => {
    const keys = new Set(pairs.flatMap((pair) => of(pair).map((row) => row.key)));
    return [...keys].map((key) => {
      const rows = pairs.map((pair) => of(pair).find((row) => row.key === key));
      // A run that is no different in this key has the baseline's value.
      const base = rows.find((row) => row)?.values[0] ?? null;
      return { key, values: [base, ...rows.map((row) => (row ? (row.values[1] ?? null) : base))] };
    });
  };
  const metricKeys = new Set(pairs.flatMap((pair) => pair.metrics.map((row) => row.key)));
  const labels = new Set(pairs.flatMap((pair) => pair.checkpoints.map((row) => row.label)));
  const joined = <T>(rows: (readonly (T | null)[] | undefined)[]): (T | null)[] => [
    rows.find((row) => row)?.[0] ?? null,
    ...rows.map((row) => row?.[1] ?? null),
  ];
  return {
    names: [first.names[0]!, ...pairs.map((pair) => pair.names[1]!)],
    statuses: [first.statuses[0]!, ...pairs.map((pair) => pair.statuses[1]!)],
    config: values((diff) => diff.config),
    environment: values((diff) => diff.environment),
    hardware: values((diff) => diff.hardware),
    summary: values((diff) => diff.summary),
    command: values((diff) => (diff.command ? [diff.command] : []))[0] ?? null,
    metrics: [...metricKeys].map((key) => {
      const rows = pairs.map((pair) => pair.metrics.find((row) => row.key === key));
      return {
        key,
        goal: rows.find((row) => row?.goal)?.goal ?? null,
        last: joined(rows.map((row) => row?.last)),
        best: joined(rows.map((row) => row?.best)),
        best_step: joined(rows.map((row) => row?.best_step)),
      };
    }),
    code: pairs.flatMap((pair, i) => pair.code.map((code) => ({ ...code, which: i + 1 }))),
    checkpoints: [...labels].map((label) => {
      const rows = pairs.map((pair) => pair.checkpoints.find((row) => row.label === label));
      return {
        label,
        bytes: joined(rows.map((row) => row?.bytes)),
        tensors: joined(rows.map((row) => row?.tensors)),
        trees: joined(rows.map((row) => row?.trees)),
      };
    }),
  };
}

/** What the runs' own facts tell; code and equality of tensors are not among them. */
export function localDiff(rows: readonly RunRow[], details: readonly (RunDetail | null)[]): RunDiff {
  const commands = rows.map((run) => commandLine(run.command));
  const metrics = new Set(rows.flatMap((run) => Object.keys(run.metrics)));
  const labels = new Set(rows.flatMap((run) => run.checkpoints.map((one) => one.label)));
  return {
    names: rows.map((run) => run.name),
    statuses: rows.map((run) => run.status),
    config: differing(rows.map(configOf)),
    metrics: [...metrics].map((key) => metricDelta(rows, key)),
    code: [],
    environment: details.includes(null)
      ? []
      : differing(details.map((detail) => environmentOf(detail!.environment))),
    hardware: differing(rows.map(hardwareOf)),
    checkpoints: [...labels].map((label) => {
      const found = rows.map((run) => run.checkpoints.find((one) => one.label === label));
      return {
        label,
        bytes: found.map((one) => one?.bytes ?? null),
        tensors: found.map((one) => one?.tensors ?? null),
        trees: found.map(() => null),
      };
    }),
    command: same(commands) ? null : { key: "command", values: commands },
    summary: differing(
      rows.map((run) =>
        Object.fromEntries(Object.entries(run.summary).filter(([key]) => !(key in run.metrics))),
      ),
    ),
  };
}

function metricDelta(rows: readonly RunRow[], key: string): MetricDelta {
  const found = rows.map((run) => run.metrics[key]);
  const goal = found.find((metric) => metric?.goal)?.goal ?? null;
  const side = goal === "lower" ? "min" : goal === "higher" ? "max" : null;
  return {
    key,
    goal,
    last: found.map((metric) => metric?.last ?? null),
    best: found.map((metric) => (side && metric ? metric[side] : null)),
    best_step: found.map((metric) => (side && metric ? metric[`${side}_step`] : null)),
  };
}

function hardwareOf(run: RunRow): Record<string, unknown> {
  const { energy_wh, co2_g, cost, mean, peak } = run.hardware;
  const picked = (kind: string, values: Record<string, number>, ends: string[]) =>
    Object.entries(values)
      .filter(([key]) => ends.some((end) => key.endsWith(end)))
      .map(([key, value]) => [`${kind}.${key}`, value]);
  return {
    duration_s: run.duration_s,
    energy_wh,
    co2_g,
    cost,
    ...Object.fromEntries([...picked("mean", mean, MEANS), ...picked("peak", peak, PEAKS)]),
  };
}

function environmentOf(environment: Record<string, unknown>): Record<string, unknown> {
  const { packages, ...rest } = environment;
  const named = isMapping(packages)
    ? Object.entries(packages).map(([name, version]) => [`package.${name}`, version])
    : [];
  return { ...flatten(rest), ...Object.fromEntries(named) };
}

/** The keys in which mappings differ, with each one's value. */
export function differing(flat: readonly Record<string, unknown>[]): ValueDelta[] {
  const keys = new Set(flat.flatMap((mapping) => Object.keys(mapping)));
  return [...keys]
    .map((key) => ({ key, values: flat.map((mapping) => mapping[key] ?? null) }))
    .filter((row) => !same(row.values));
}

function same(values: readonly unknown[]): boolean {
  const first = JSON.stringify(values[0]);
  return values.every((value) => JSON.stringify(value) === first);
}

/** Last value of run `which` against the baseline's. */
export interface MetricChange {
  delta: number;
  pct: number | null;
  /** null: equal, or no goal is known. */
  better: boolean | null;
}

export function changeOf(metric: MetricDelta, which: number): MetricChange | null {
  const base = number(metric.last[0]);
  const value = number(metric.last[which]);
  const delta = value - base;
  if (Number.isNaN(delta)) return null;
  return {
    delta,
    pct: base === 0 || !Number.isFinite(base) ? null : (100 * delta) / Math.abs(base),
    better: delta === 0 || metric.goal === null ? null : delta < 0 === (metric.goal === "lower"),
  };
}

/** The runs whose best value (else last, where no goal is known: none) is the best of all. */
export function winners(metric: MetricDelta): boolean[] {
  const values = metric.best.map(number);
  const known = values.filter((value) => !Number.isNaN(value));
  if (metric.goal === null || known.length < 2) return values.map(() => false);
  const top = metric.goal === "lower" ? Math.min(...known) : Math.max(...known);
  const won = values.map((value) => value === top);
  return won.every((one) => one) ? won.map(() => false) : won;
}

/** Values in as many digits as it takes to tell the different ones apart. */
export function distinct(values: readonly (JsonNumber | undefined)[]): string[] {
  const different = new Set(values.map(String)).size;
  let words: string[] = [];
  for (const digits of [4, 6, 8, 10, 17]) {
    words = values.map((value) => spelled(value, digits));
    if (new Set(words).size >= different) break;
  }
  return words;
}

function number(value: JsonNumber | undefined): number {
  return value === null || value === undefined ? NaN : numberOf(value);
}
