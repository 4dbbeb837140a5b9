/** Columns of the runs table: what each reads from a run, and how it sorts. */
import { computed } from "@preact/signals";
import { numberOf } from "../data/packed";
import type { Goal, MetricSummary, RunRow } from "../data/types";
import {
  configKeysOf,
  configOf,
  createdOf,
  differingKeys,
  durationOf,
  goalOf,
  lastOf,
  metricsOf,
} from "../lib/facts";
import { isNumeric } from "../lib/format";
import { dictionary } from "../lib/tree";
import { headline } from "../run/headline";
import { runs } from "./runs";
import { baseline, columns } from "./view";

export type Kind = "name" | "status" | "time" | "duration" | "tags" | "metric" | "value" | "text";

export interface Column {
  /** `created`, `config.lr`, `metric.val_loss`, `summary.f1`. */
  key: string;
  title: string;
  kind: Kind;
  goal: Goal;
  /** Pixels. */
  width: number;
  get: (run: RunRow) => unknown;
}

/** Room for a metric's distance from the baseline, pixels. */
const DELTA = 50;

const fact = (key: string, kind: Kind, width: number, get: (run: RunRow) => unknown): Column => ({
  key,
  title: key.replaceAll("_", " "),
  kind,
  goal: null,
  width,
  get,
});

/** Facts that every run has. */
export const FACTS: readonly Column[] = [
  fact("name", "name", 242, (run) => run.name),
  fact("status", "status", 92, (run) => run.status),
  fact("created", "time", 92, createdOf),
  fact("duration", "duration", 84, (run) => durationOf(run)),
  fact("tags", "tags", 130, (run) => run.tags),
  fact("notes", "text", 180, (run) => run.notes || null),
  fact("group", "text", 110, (run) => run.group),
  fact("job_type", "text", 100, (run) => run.job_type),
  fact("author", "text", 130, (run) => run.author || null),
  fact("host", "text", 110, (run) => run.host || null),
  fact("branch", "text", 110, (run) => run.git.branch),
  fact("base_commit", "text", 96, (run) => run.git.base_commit?.slice(0, 8) ?? null),
  fact("sweep", "text", 110, (run) => run.lineage.sweep),
  fact("energy_wh", "value", 90, (run) => run.hardware.energy_wh),
  fact("exit_code", "value", 80, (run) => run.exit_code),
  fact("checkpoints", "value", 96, (run) => run.checkpoints.length),
];
const BY_KEY = new Map(FACTS.map((column) => [column.key, column]));

/** The column of a key. */
export function columnOf(key: string, of: readonly RunRow[]): Column {
  const known = BY_KEY.get(key);
  if (known !== undefined) return known;
  const dot = key.indexOf(".");
  const [part, name] = [key.slice(0, dot), key.slice(dot + 1)];
  const width = Math.min(180, Math.max(84, 28 + 7 * name.length));
  if (part === "metric")
    return {
      key,
      title: name,
      kind: "metric",
      goal: goalOf(of, name),
      width,
      get: (run) => run.metrics[name]?.last ?? null,
    };
  const from = part === "summary" ? (run: RunRow) => run.summary : configOf;
  const get = (run: RunRow) => from(run)[name];
  const first = of.map(get).find((value) => value !== null && value !== undefined);
  const kind = isNumeric(first) || typeof first === "boolean" ? "value" : "text";
  return { key, title: name, kind, goal: null, width, get };
}

/** All keys that some runs have, in groups as the column picker shows them. */
export function allKeys(of: readonly RunRow[]): { title: string; keys: string[] }[] {
  const summary = new Set<string>();
  for (const run of of) for (const key of Object.keys(run.summary)) summary.add(key);
  return [
    { title: "Facts", keys: FACTS.slice(1).map((column) => column.key) },
    { title: "Config", keys: configKeysOf(of).map((key) => `config.${key}`) },
    { title: "Metrics", keys: metricsOf(of).map((key) => `metric.${key}`) },
    { title: "Summary", keys: [...summary].map((key) => `summary.${key}`) },
  ];
}

/** What is shown if the reader chose nothing: what tells runs apart, and how they came out. */
export const usualKeys = computed<readonly string[]>(() => {
  const all = runs.value;
  const metrics = dictionary<MetricSummary>();
  for (const run of all)
    for (const [key, metric] of Object.entries(run.metrics)) metrics[key] ??= metric;
  return [
    "status",
    ...headline({ metrics })
      .slice(0, 3)
      .map((key) => `metric.${key}`),
    ...differingKeys(all)
      .slice(0, 6)
      .map((key) => `config.${key}`),
    ...(all.some((run) => run.tags.length > 0) ? ["tags"] : []),
    "created",
    "duration",
  ];
});

/** The table's columns, the name first. */
export const shownColumns = computed<readonly Column[]>(() =>
  ["name", ...(columns.value ?? usualKeys.value)].map((key) => {
    const column = columnOf(key, runs.value);
    const room = column.kind === "metric" && baseline.value !== null ? DELTA : 0;
    return { ...column, width: column.width + room };
  }),
);

/** How a value sorts: numbers before texts; null: it has no place. */
export function sortValue(column: Column, run: RunRow): number | string | null {
  const value = column.kind === "metric" ? lastOf(run, column.title) : column.get(run);
  if (typeof value === "boolean") return value ? 1 : 0;
  if (isNumeric(value)) {
    const found = numberOf(value);
    return Number.isNaN(found) ? null : found;
  }
  if (value === null || value === undefined) return null;
  if (Array.isArray(value)) return value.length > 0 ? value.join(", ") : null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Runs in the order of a column: metrics best first, times newest first, all else ascending. */
export function inOrder(of: readonly RunRow[], column: Column, down: boolean): RunRow[] {
  const falling = (column.goal === "higher" || column.kind === "time") !== down;
  const there: { run: RunRow; value: number | string }[] = [];
  const rest: RunRow[] = [];
  for (const run of of) {
    const value = sortValue(column, run);
    if (value === null) rest.push(run);
    else there.push({ run, value });
  }
  there.sort((a, b) => (falling ? compare(b.value, a.value) : compare(a.value, b.value)));
  return [...there.map(({ run }) => run), ...rest];
}

const collator = new Intl.Collator("en", { numeric: true });

function compare(a: number | string, b: number | string): number {
  if (typeof a === "number") return typeof b === "number" ? a - b : -1;
  return typeof b === "number" ? 1 : collator.compare(a, b);
}
