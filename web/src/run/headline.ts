/** Which metrics a run is judged by: the order of the terminal and the report. Pure. */
import type { MetricSummary, RunRow } from "../data/types";

// Words that say on which data a metric was measured; the lower number is shown first.
const ROLES: Record<string, number> = Object.fromEntries(
  (
    [
      [0, "val valid validation eval evaluation dev"],
      [1, "test testing holdout"],
      [3, "train training trn tr"],
    ] as const
  ).flatMap(([role, words]) => words.split(" ").map((word) => [word, role])),
);
const NO_ROLE = 2;
const CLOCKS = new Set(
  "lr learning time seconds duration eta latency throughput norm temperature system gpu cpu memory".split(" "),
);
const COUNTERS = new Set(
  "epoch epochs step steps iter iters iteration iterations batch batches progress global".split(" "),
);
const LOSSES = new Set(["loss", "losses", "nll", "mse", "rmse", "mae", "error", "perplexity"]);
const COUNTER = 4;

/**
 * Metrics, the telling ones first: losses, what has a goal, the rest, schedules and clocks,
 * counters; of one quantity validation before test before training.
 *
 * @param all whether training's side of a quantity, clocks and counters are wanted, too.
 */
export function headline(run: Pick<RunRow, "metrics">, all = false): string[] {
  const quantities = new Map<string, { kind: number; members: [number, string][] }>();
  for (const [key, metric] of Object.entries(run.metrics)) {
    const words = key.toLowerCase().split(/[/._\-\s:]+/).filter(Boolean);
    const quantity = words.filter((word) => !(word in ROLES));
    const roles = words.filter((word) => word in ROLES).map((word) => ROLES[word]!);
    const name = quantity.join("/") || key;
    const found = quantities.get(name) ?? { kind: kindOf(quantity, metric), members: [] };
    found.members.push([roles.length ? Math.min(...roles) : NO_ROLE, key]);
    found.kind = Math.min(found.kind, kindOf(quantity, metric));
    quantities.set(name, found);
  }
  const ranked = [...quantities.values()];
  for (const { members } of ranked) members.sort((a, b) => a[0] - b[0]);
  const first = (q: { members: [number, string][] }) => (q.members[0]![0] === 0 ? 0 : 1);
  ranked.sort((a, b) => a.kind - b.kind || first(a) - first(b));
  if (all) return ranked.flatMap(({ members }) => members.map(([, key]) => key));
  const telling = ranked.filter(({ kind }) => kind < 3);
  return (telling.length ? telling : ranked).map(({ members }) => members[0]![1]);
}

function kindOf(quantity: string[], metric: MetricSummary): number {
  if (quantity.length && quantity.every((word) => COUNTERS.has(word))) return COUNTER;
  if (quantity.some((word) => CLOCKS.has(word))) return 3;
  if (metric.goal === "lower" && quantity.some((word) => LOSSES.has(word))) return 0;
  return metric.goal ? 1 : 2;
}
