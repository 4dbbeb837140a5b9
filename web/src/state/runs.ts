/** All runs that the page knows, newest first. */
import { computed, signal } from "@preact/signals";
import { source } from "../data/context";
import { paths } from "../data/paths";
import type { Goal, RunRow, Runs } from "../data/types";

export const runs = signal<readonly RunRow[]>([]);
export const loading = signal(true);
/** Why the runs could not be got, in a sentence. */
export const failure = signal<string | null>(null);

export const runByName = computed(() => new Map(runs.value.map((run) => [run.name, run])));

/** Whether lower or higher is better, of each metric of which a run says so. */
export const goals = computed(() => {
  const found = new Map<string, Goal>();
  for (const run of runs.value)
    for (const [key, { goal }] of Object.entries(run.metrics))
      if (goal && !found.has(key)) found.set(key, goal);
  return found;
});

/** Read the list of runs again. */
export async function loadRuns(): Promise<void> {
  try {
    const found = await source().json<Runs>(paths.runs);
    runs.value = sorted(found.runs);
    failure.value = null;
  } catch (error) {
    failure.value = error instanceof Error ? error.message : String(error);
  } finally {
    loading.value = false;
  }
}

/** Take in runs that changed or are new, and drop those that are gone. */
export function updateRuns(changed: readonly RunRow[], removed: readonly string[]): void {
  const known = new Map(runs.value.map((run) => [run.name, run]));
  for (const name of removed) known.delete(name);
  for (const run of changed) known.set(run.name, run);
  runs.value = sorted([...known.values()]);
}

function sorted(found: RunRow[]): RunRow[] {
  return found.sort((a, b) => (a.created_at < b.created_at ? 1 : a.created_at > b.created_at ? -1 : 0));
}
