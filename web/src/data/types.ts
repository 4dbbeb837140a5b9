/** What the page, the embedded chunks and the server's answers hold: docs/front-end.md. */

export type Goal = "lower" | "higher" | null;

/** JSON has no NaN: numbers that are not finite come as these words. */
export type JsonNumber = number | "NaN" | "Infinity" | "-Infinity" | null;

export interface Page {
  version: 1;
  mode: "report" | "article" | "dashboard";
  title: string;
  repository: string;
  generated_s: number;
  gitexp: string;
  /** Path of a resource → id of the element that holds it, in reports and articles. */
  chunks?: Record<string, string>;
  /** Where the dashboard's server answers: "/api". */
  api?: string;
  edit?: boolean;
  token?: string;
  /** Sentences on what the report does not hold. */
  left_out?: string[];
  panels?: PanelSpec[];
  metrics: Record<string, { goal: Goal }>;
  hardware: string[];
}

export type PanelKind =
  | "curves"
  | "runs"
  | "parallel"
  | "scatter"
  | "bars"
  | "diff"
  | "media"
  | "histogram"
  | "config"
  | "code"
  | "findings";

/** A live panel of an article. */
export interface PanelSpec {
  kind: PanelKind;
  runs: string[];
  metrics?: string[];
  title?: string;
  x?: string;
  y?: string;
  colour?: string;
  keys?: string[];
  smoothing?: number;
  log?: boolean;
  group?: string;
  key?: string;
  path?: string;
  height?: number;
}

export interface MetricSummary {
  count: number;
  last: JsonNumber;
  last_step: number;
  min: JsonNumber;
  min_step: number | null;
  max: JsonNumber;
  max_step: number | null;
  goal: Goal;
}

export type Status = "running" | "finished" | "failed" | "killed" | "interrupted";

export interface CheckpointEntry {
  label: string;
  step: number | null;
  bytes: number;
  tensors: number;
  metrics: Record<string, JsonNumber>;
  created_at: string | null;
}

export interface HardwareSummary {
  samples: number;
  mean: Record<string, number>;
  peak: Record<string, number>;
  energy_wh: number | null;
  energy_source: string | null;
  co2_g: number | null;
  cost: number | null;
  currency: string | null;
}

export interface Verdict {
  [key: string]: unknown;
}

/** run.json, and what the reader knows beside it. */
export interface RunRow {
  schema: number;
  name: string;
  id: string;
  status: Status;
  created_at: string;
  finished_at: string | null;
  duration_s: number | null;
  command: string[];
  cwd: string;
  author: string;
  host: string;
  group: string | null;
  job_type: string | null;
  tags: string[];
  notes: string;
  git: {
    base_commit: string | null;
    branch: string | null;
    dirty: boolean;
    code_tree: string | null;
    skipped: { path: string; bytes: number; reason: string }[];
  };
  config: Record<string, unknown>;
  config_digest: string;
  summary: Record<string, unknown>;
  metrics: Record<string, MetricSummary>;
  hardware: HardwareSummary;
  checkpoints: CheckpointEntry[];
  dropped_checkpoints: CheckpointEntry[];
  exit_code: number | null;
  signal: string | null;
  error: { type: string; message: string; traceback: string } | null;
  capture: Record<string, unknown>;
  lineage: {
    resumed_from: string | null;
    forked_from: string | null;
    reproduced_from: string | null;
    sweep: string | null;
    trial: number | null;
  };
  verdicts: Verdict[];
  warnings: string[];
  oid: string;
  /** Its journal is being written on the server's machine. */
  live: boolean;
  /** Age of the last news of a running run of another machine, seconds. */
  stale_s: number | null;
  malformed: string | null;
  /** The run's tree on GitHub, http(s). */
  url: string | null;
  hidden: boolean;
  media: number;
  findings: { error: number; warning: number; note?: number; info?: number } | null;
}

export interface Runs {
  runs: RunRow[];
  cursor: string;
}

export interface Finding {
  rule: string;
  severity: "error" | "warning" | "note";
  what: string;
  where: string;
  steps: [number, number];
  evidence: Record<string, unknown>;
  try: string;
}

/** A module of model.json: docs/watching.md. */
export interface ModelNode {
  name?: string;
  class: string;
  parameters?: number;
  trainable?: number;
  own?: Record<string, { shape: number[]; dtype: string; [key: string]: unknown }>;
  inputs?: unknown[];
  outputs?: unknown[];
  dtype?: string;
  macs?: number;
  calls?: number;
  shared_with?: unknown;
  children?: ModelNode[];
  [key: string]: unknown;
}

export interface TensorEntry {
  name: string;
  dtype: string;
  shape: number[];
  bytes: number;
}

export interface RunDetail {
  run: RunRow;
  environment: Record<string, unknown>;
  findings: Finding[];
  model: ModelNode | null;
  /** Path in the run's tree → bytes. */
  files: Record<string, number>;
  code_changes: {
    path: string;
    status: string;
    added: number | null;
    removed: number | null;
  }[];
  checkpoints: {
    label: string;
    step: number | null;
    bytes: number;
    metrics: Record<string, JsonNumber>;
    tensors: TensorEntry[] | null;
  }[];
  /** How to reproduce it, get its model, see it in git. */
  commands: { title: string; lines: string[] }[];
  started_from: Record<string, unknown> | null;
  /** The run's commits, newest first. */
  chain: { oid: string; subject: string; time_s: number }[];
  warnings: string[];
  readme?: string;
}

export interface Output {
  /** With SGR escape codes where the log has them. */
  text: string;
  first_line: number;
  lines: number;
}

export interface HistogramSeries {
  name: string;
  kind: string;
  steps: number[];
  /** Shared by all steps, or a list for each; null: the tensor was not finite. */
  edges: number[] | (number[] | null)[];
  counts: number[][];
  stats: Record<string, (number | null)[]>;
}

export interface Histograms {
  series: HistogramSeries[];
}

export interface MediaItem {
  key: string;
  step: number;
  type: string;
  path: string;
  caption?: string;
  width?: number;
  height?: number;
  [key: string]: unknown;
}

export interface Media {
  items: MediaItem[];
}

export interface SourceTree {
  /** Path → bytes. */
  files: Record<string, number>;
  changed: Record<string, string>;
}

export interface SourceFile {
  /** Each line: [Pygments' short class, text] pairs. */
  lines: [string, string][][];
  truncated: boolean;
}

export interface CodeDiff {
  against: string;
  patch: string;
}

export interface ValueDelta {
  key: string;
  values: unknown[];
}

export interface MetricDelta {
  key: string;
  goal: Goal;
  last: JsonNumber[];
  best: JsonNumber[];
  best_step: (number | null)[];
}

export interface FileDelta {
  path: string;
  status: string;
  added: number | null;
  removed: number | null;
  old_path: string | null;
}

export interface RunDiff {
  names: string[];
  statuses: string[];
  config: ValueDelta[];
  metrics: MetricDelta[];
  code: { which: number; files: FileDelta[]; patch: string | null }[];
  environment: ValueDelta[];
  hardware: ValueDelta[];
  checkpoints: {
    label: string;
    bytes: (number | null)[];
    tensors: (number | null)[];
    trees: (string | null)[];
  }[];
  command: ValueDelta | null;
  summary: ValueDelta[];
}

/** One series of a packed answer: n points of one key of one run. */
export interface PackedEntry {
  run: string;
  key: string;
  /** Points before the extremes of slices were picked from them. */
  total: number;
  steps: Float64Array; // (n,)
  /** Seconds since the epoch; null: unknown. */
  times: Float64Array | null; // (n,)
  values: Float64Array; // (n,), NaN and infinities as they are
}

export interface LivePoints {
  steps: number[];
  times: number[];
  values: JsonNumber[];
}

/** What the server tells while the page is open. */
export type LiveEvent =
  | { type: "hello"; server: string }
  | { type: "reset" }
  | { type: "runs"; changed: RunRow[]; removed: string[]; cursor: string }
  | {
      type: "series" | "hardware";
      run: string;
      points: Record<string, LivePoints>;
      /** Points that each key had before these. */
      from: Record<string, number>;
    }
  | { type: "output"; run: string; text: string; first_line: number; replace_last: boolean }
  | { type: "connection"; state: "open" | "lost" };

/** `energy`: what the runs used, in words; rows of runs the hungriest first. */
export interface EnergyTotals {
  totals: string;
  notes: string[];
  rows: EnergyRow[];
  tables: LedgerTable[];
}

export interface EnergyRow {
  run: string;
  /** Of the most that any run used, per cent. */
  share: number;
  energy: string;
  co2: string;
  cost: string;
  took: string;
  cpu: string;
  gpu: string;
  source: string;
}

export interface LedgerTable {
  title: string;
  head: string;
  rows: { label: string; runs: string; energy: string; co2: string; cost: string; took: string }[];
}

/** `seeds`: groups of runs that differ only in their seed. */
export interface SeedTotals {
  metrics: string[];
  /** Config keys that tell the groups apart. */
  keys: string[];
  groups: SeedGroup[];
  /** The first run of the group that the tests compare with. */
  best: string | null;
  tests: SeedTest[];
  note: string;
}

export interface SeedGroup {
  runs: string[];
  /** Values of the keys. */
  config: unknown[];
  /** Of each metric, `0.5 ± 0.1`. */
  means: string[];
}

export interface SeedTest {
  run: string;
  metric: string;
  difference: string;
  p: string;
  words: string;
}
