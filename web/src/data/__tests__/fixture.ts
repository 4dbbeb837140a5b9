/** Runs and packed series for tests. */
import type { MetricSummary, Page, RunRow } from "../types";

export function metric(last: number, goal: MetricSummary["goal"] = "lower"): MetricSummary {
  return {
    count: 10,
    last,
    last_step: 9,
    min: last,
    min_step: 9,
    max: 2 * last,
    max_step: 0,
    goal,
  };
}

export function run(name: string, changes: Partial<RunRow> = {}): RunRow {
  return {
    schema: 1,
    name,
    id: `id of ${name}`,
    status: "finished",
    created_at: "2026-03-10T09:00:00.000Z",
    finished_at: "2026-03-10T09:10:00.000Z",
    duration_s: 600,
    command: ["python", "train.py"],
    cwd: "",
    author: "Ada",
    host: "lab",
    group: null,
    job_type: null,
    tags: [],
    notes: "",
    git: { base_commit: null, branch: "main", dirty: false, code_tree: null, skipped: [] },
    config: { lr: 0.01 },
    config_digest: "",
    summary: {},
    metrics: { loss: metric(0.5) },
    hardware: {
      samples: 0,
      mean: {},
      peak: {},
      energy_wh: null,
      energy_source: null,
      co2_g: null,
      cost: null,
      currency: null,
    },
    checkpoints: [],
    dropped_checkpoints: [],
    exit_code: 0,
    signal: null,
    error: null,
    capture: {},
    lineage: {
      resumed_from: null,
      forked_from: null,
      reproduced_from: null,
      sweep: null,
      trial: null,
    },
    verdicts: [],
    warnings: [],
    oid: "0123456789",
    live: false,
    stale_s: null,
    malformed: null,
    url: null,
    hidden: false,
    media: 0,
    findings: null,
    ...changes,
  };
}

export function page(changes: Partial<Page> = {}): Page {
  return {
    version: 1,
    mode: "report",
    title: "Runs",
    repository: "lab",
    generated_s: 1_770_000_000,
    gitexp: "0.1.0",
    metrics: { loss: { goal: "lower" } },
    hardware: [],
    ...changes,
  };
}

interface Series {
  run: string;
  key?: string;
  values: number[];
  steps?: number[];
  times?: number[];
  total?: number;
  wide?: boolean;
}

/** A packed answer, as the Python side writes it. */
export function pack(series: readonly Series[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const put = (array: Float64Array | Float32Array | Int32Array) => {
    const at = size;
    const padded = new Uint8Array(Math.ceil(array.byteLength / 8) * 8);
    padded.set(new Uint8Array(array.buffer));
    parts.push(padded);
    size += padded.length;
    return at;
  };
  const entries = series.map(({ run, key = "loss", values, steps, times, total, wide }) => ({
    run,
    key,
    n: values.length,
    total: total ?? values.length,
    steps: steps ? { at: put(Int32Array.from(steps)), type: "i4" } : { first: 0, stride: 1 },
    time0: 1000,
    times: times ? { at: put(Float32Array.from(times)), type: "f4" } : null,
    values: wide
      ? { at: put(Float64Array.from(values)), type: "f8" }
      : { at: put(Float32Array.from(values)), type: "f4" },
  }));
  let header = JSON.stringify({ entries });
  header += " ".repeat((8 - ((4 + new TextEncoder().encode(header).length) % 8)) % 8);
  const head = new TextEncoder().encode(header);
  const bytes = new Uint8Array(4 + head.length + size);
  new DataView(bytes.buffer).setUint32(0, head.length, true);
  bytes.set(head, 4);
  let at = 4 + head.length;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
