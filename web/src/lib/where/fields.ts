/** What a name means in a run: gitexp/query/fields.py, for the same answers on the page. */
import { numberOf } from "../../data/packed";
import type { RunRow } from "../../data/types";
import { isNumeric } from "../format";
import { flatten, isMapping } from "../tree";
import type { Key } from "./parse";

export type FieldKind = "text" | "time" | "duration";

export interface Field {
  kind: FieldKind;
  /** null: the run has no such value. */
  get: (run: RunRow) => unknown;
  /** Whether the run knows the name at all. */
  known: (run: RunRow) => boolean;
}

const MISSING = Symbol("missing");
const ASPECTS = new Set(
  "last last_step min min_step max max_step best best_step count".split(" "),
);
const PARTS = new Set(["config", "summary", "hardware", "git", "lineage"]);

const same = (key: string) => (run: RunRow) => (run as unknown as Record<string, unknown>)[key];
const inside = (part: string, key: string) => (run: RunRow) => mapping(run, part)[key];
const time = (key: string) => (run: RunRow) => {
  const text = same(key)(run);
  const found = typeof text === "string" ? Date.parse(text) : NaN;
  return Number.isNaN(found) ? null : found / 1000;
};

const FACTS: Record<string, [FieldKind, (run: RunRow) => unknown]> = {
  name: ["text", same("name")],
  id: ["text", same("id")],
  status: ["text", same("status")],
  created: ["time", time("created_at")],
  created_at: ["time", time("created_at")],
  finished: ["time", time("finished_at")],
  finished_at: ["time", time("finished_at")],
  age: ["duration", same("age")],
  duration: ["duration", same("duration_s")],
  duration_s: ["duration", same("duration_s")],
  tags: ["text", (run) => run.tags ?? []],
  notes: ["text", same("notes")],
  group: ["text", same("group")],
  job_type: ["text", same("job_type")],
  author: ["text", same("author")],
  host: ["text", same("host")],
  command: ["text", (run) => (run.command ?? []).join(" ")],
  cwd: ["text", same("cwd")],
  branch: ["text", inside("git", "branch")],
  base_commit: ["text", inside("git", "base_commit")],
  dirty: ["text", inside("git", "dirty")],
  exit_code: ["text", same("exit_code")],
  signal: ["text", same("signal")],
  error: ["text", (run) => (run.error ? `${run.error.type}: ${run.error.message}` : null)],
  checkpoints: ["text", (run) => (run.checkpoints ?? []).map((entry) => entry.label)],
  energy_wh: ["text", inside("hardware", "energy_wh")],
  co2_g: ["text", inside("hardware", "co2_g")],
  cost: ["text", inside("hardware", "cost")],
  resumed_from: ["text", inside("lineage", "resumed_from")],
  forked_from: ["text", inside("lineage", "forked_from")],
  reproduced_from: ["text", inside("lineage", "reproduced_from")],
  sweep: ["text", inside("lineage", "sweep")],
  trial: ["text", inside("lineage", "trial")],
};

/**
 * The field that a name stands for: a fact of the run, else a metric's last value, else a value of
 * the summary, else a config key.
 *
 * @param now_s the present, for `age` and for the duration of running runs.
 */
export function fieldOf(path: readonly Key[], now_s: number): Field {
  const [root, ...rest] = path as [string, ...Key[]];
  const fact = rest.length === 0 && Object.hasOwn(FACTS, root) ? FACTS[root] : undefined;
  if (fact !== undefined) {
    const [kind, get] = fact;
    if (kind !== "duration") return { kind, get: orNull(get), known: () => true };
    return { kind, get: (run) => spent(run, root, now_s), known: () => true };
  }
  if (PARTS.has(root) && rest.length > 0) {
    const look = (run: RunRow) => walk(mapping(run, root), split(rest));
    return plain(look);
  }
  if ((root === "metrics" || root === "metric") && rest.length > 0) {
    const key = rest.join(".");
    return {
      kind: "text",
      get: (run) => metricValue(run, key),
      known: (run) => metricOf(run, key) !== null,
    };
  }
  const key = path.join(".");
  const parts = split(path);
  return plain((run) => {
    const value = metricOf(run, key) === null ? null : metricValue(run, key);
    if (value !== null) return value;
    const summed = walk(mapping(run, "summary"), parts);
    return summed === MISSING ? walk(mapping(run, "config"), parts) : summed;
  }, key);
}

/** All names that mean something in a run, as they would be typed. */
export function namesIn(run: RunRow): string[] {
  return [
    ...Object.keys(FACTS),
    ...Object.keys(mapping(run, "metrics")),
    ...Object.keys(flatten(mapping(run, "config"))),
    ...Object.keys(mapping(run, "summary")),
  ];
}

/** How a key that may hold slashes or dashes is typed: `metric["train/loss"]`. */
export function typeName(key: string): string {
  const isPlain = key.split(".").every((part) => /^[\p{L}_][\p{L}\p{Nd}_]*$/u.test(part));
  return isPlain ? key : `metric["${key}"]`;
}

function plain(look: (run: RunRow) => unknown, metric?: string): Field {
  return {
    kind: "text",
    get: orNull((run) => {
      const value = look(run);
      return value === MISSING ? null : value;
    }),
    known: (run) =>
      (metric !== undefined && metricOf(run, metric) !== null) || look(run) !== MISSING,
  };
}

function orNull(get: (run: RunRow) => unknown): (run: RunRow) => unknown {
  return (run) => get(run) ?? null;
}

function split(path: readonly Key[]): Key[] {
  return path.flatMap<Key>((part) => (typeof part === "string" ? part.split(".") : [part]));
}

function walk(value: unknown, parts: readonly Key[]): unknown {
  if (parts.length === 0) return value;
  if (isMapping(value)) {
    for (let n = parts.length; n > 0; n--) {
      const key = parts.slice(0, n).join(".");
      if (!Object.hasOwn(value, key)) continue;
      const found = walk(value[key], parts.slice(n));
      if (found !== MISSING) return found;
    }
    return MISSING;
  }
  const at = parts[0];
  if (Array.isArray(value) && typeof at === "number") {
    const index = at < 0 ? at + value.length : at;
    if (index >= 0 && index < value.length) return walk(value[index], parts.slice(1));
  }
  return MISSING;
}

function metricOf(run: RunRow, key: string): [Record<string, unknown>, string] | null {
  const metrics = mapping(run, "metrics");
  const whole = Object.hasOwn(metrics, key) ? metrics[key] : undefined;
  if (isMapping(whole)) return [whole, "last"];
  const dot = key.lastIndexOf(".");
  const aspect = key.slice(dot + 1);
  const before = dot > 0 && ASPECTS.has(aspect) ? metrics[key.slice(0, dot)] : undefined;
  return isMapping(before) ? [before, aspect] : null;
}

function metricValue(run: RunRow, key: string): number | null {
  const found = metricOf(run, key);
  if (found === null) return null;
  const [metric, named] = found;
  let aspect = named;
  if (aspect.startsWith("best")) {
    const side = metric.goal === "lower" ? "min" : metric.goal === "higher" ? "max" : null;
    if (side === null) return null;
    aspect = aspect.replace("best", side);
  }
  const value = metric[aspect];
  return isNumeric(value) || typeof value === "boolean" ? numberOf(value) : null;
}

function spent(run: RunRow, which: string, now_s: number): number | null {
  const seconds = run.duration_s ?? null;
  if (which !== "age" && (seconds !== null || run.status !== "running")) return seconds;
  const created = time("created_at")(run);
  return created === null ? null : now_s - created;
}

function mapping(run: RunRow, part: string): Record<string, unknown> {
  const value = same(part)(run);
  return isMapping(value) ? value : {};
}
