/** What all runs come to is asked for again when one ends, comes or goes. */
import { source } from "../data/context";
import type { RunRow } from "../data/types";
import { useJson, type Resource } from "../run/resource";
import { loading, runs } from "../state/runs";

/** Whether the page has such a resource: a report holds it where there is something to say. */
export function hasTotals(path: "energy" | "seeds"): boolean {
  return source().page.api !== undefined || source().has(path);
}

export function useTotals<T>(path: "energy" | "seeds"): Resource<T | null> {
  return useJson<T | null>(loading.value ? null : path, stateOf(runs.value));
}

/** Changes when the sums may have changed: a running run is not in them until it ends. */
export function stateOf(of: readonly RunRow[]): string {
  const ended = of.filter((run) => run.status !== "running");
  const newest = ended.reduce((latest, run) => {
    const end = run.finished_at ?? "";
    return end > latest ? end : latest;
  }, "");
  return `${of.length} ${ended.length} ${newest}`;
}
