/** What runs hold, by key: flat config, metrics as numbers, times. */
import { numberOf } from "../data/packed";
import type { Goal, RunRow } from "../data/types";
import { flatten, type Nested } from "./tree";

const flat = new WeakMap<object, Nested>();

/** A run's config with dotted keys. */
export function configOf(run: RunRow): Nested {
  let found = flat.get(run.config);
  if (found === undefined) {
    found = flatten(run.config);
    flat.set(run.config, found);
  }
  return found;
}

/** A run's newest value of a metric; NaN if it has none. */
export function lastOf(run: RunRow, metric: string): number {
  return numberOf(run.metrics[metric]?.last);
}

/** The best value where the goal is known, else the last; NaN if there is none. */
export function bestOf(run: RunRow, metric: string): number {
  const found = run.metrics[metric];
  if (found === undefined) return NaN;
  const side = found.goal === "lower" ? found.min : found.goal === "higher" ? found.max : null;
  return side === null ? numberOf(found.last) : numberOf(side);
}

/** Whether lower or higher is better, by the first run that says so. */
export function goalOf(runs: readonly RunRow[], metric: string): Goal {
  for (const run of runs) {
    const goal = run.metrics[metric]?.goal;
    if (goal) return goal;
  }
  return null;
}

/** When the run began, seconds since the epoch. */
export function createdOf(run: RunRow): number {
  return Date.parse(run.created_at) / 1000;
}

/** How long it has taken, until now if it is running; NaN: unknown. */
export function durationOf(run: RunRow, now_s = Date.now() / 1000): number {
  if (run.duration_s !== null) return run.duration_s;
  return run.status === "running" ? now_s - createdOf(run) : NaN;
}

/** All metrics of some runs, in order of first appearance. */
export function metricsOf(runs: readonly RunRow[]): string[] {
  const found = new Set<string>();
  for (const run of runs) for (const key of Object.keys(run.metrics)) found.add(key);
  return [...found];
}

/** All config keys of some runs, in order of first appearance. */
export function configKeysOf(runs: readonly RunRow[]): string[] {
  const found = new Set<string>();
  for (const run of runs) for (const key of Object.keys(configOf(run))) found.add(key);
  return [...found];
}

/** The config keys in which some runs differ; a key that only some have differs. */
export function differingKeys(runs: readonly RunRow[]): string[] {
  const texts = new Map<string, string>();
  const differ = new Set<string>();
  for (const key of configKeysOf(runs)) {
    for (const run of runs) {
      const text = JSON.stringify(configOf(run)[key]) ?? "";
      const known = texts.get(key);
      if (known === undefined) texts.set(key, text);
      else if (known !== text) {
        differ.add(key);
        break;
      }
    }
  }
  return configKeysOf(runs).filter((key) => differ.has(key));
}
