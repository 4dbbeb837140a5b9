/** Which runs the table lists, in which order, and which of them are drawn. */
import { computed } from "@preact/signals";
import type { RunRow } from "../data/types";
import { configOf } from "../lib/facts";
import { compileWhere, type Where } from "../lib/where";
import { columnOf, inOrder } from "./columns";
import { runs } from "./runs";
import { mostShown, search, selection, sort, switched, where, withHidden } from "./view";

/** The filter, read: a condition, or why it cannot be read. */
export const filter = computed<{ holds: Where | null; problem: string | null }>(() => {
  const text = where.value.trim();
  if (text === "") return { holds: null, problem: null };
  try {
    return { holds: compileWhere(text, runs.value), problem: null };
  } catch (error) {
    return { holds: null, problem: error instanceof Error ? error.message : String(error) };
  }
});

const filtered = computed<readonly RunRow[]>(() => {
  const { holds } = filter.value;
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  return runs.value.filter(
    (run) =>
      (withHidden.value || !run.hidden) &&
      (holds === null || holds(run)) &&
      words.every((word) => haystack(run).includes(word)),
  );
});

/** Runs that pass the search and the filter, in the table's order. */
export const listed = computed<readonly RunRow[]>(() => {
  const { key, down } = sort.value;
  return inOrder(filtered.value, columnOf(key, runs.value), down);
});

/** Of these, the ones whose curves are shown: switched on, and in the brushed selection. */
export const visible = computed<readonly RunRow[]>(() => {
  const picked = selection.value;
  const most = mostShown.value || Infinity;
  let rank = 0;
  return listed.value.filter((run) => {
    if (picked !== null && !picked.has(run.name)) return false;
    const chosen = switched.value.get(run.name);
    if (chosen !== undefined) return chosen;
    return rank++ < most;
  });
});

export const visibleNames = computed<ReadonlySet<string>>(
  () => new Set(visible.value.map((run) => run.name)),
);

/** Show or hide a run's curves. */
export function toggleRun(name: string): void {
  switchRuns([name], !visibleNames.value.has(name));
}

/** Show or hide the curves of some runs. */
export function switchRuns(names: Iterable<string>, on: boolean): void {
  const next = new Map(switched.value);
  for (const name of names) next.set(name, on);
  switched.value = next;
}

/** Show the curves of these runs and no others. */
export function showOnly(names: ReadonlySet<string>): void {
  switched.value = new Map(runs.value.map((run) => [run.name, names.has(run.name)]));
}

const texts = new WeakMap<RunRow, string>();

/** What the search looks at: name, tags, notes, group, author, status, config. */
function haystack(run: RunRow): string {
  let found = texts.get(run);
  if (found === undefined) {
    const config = Object.entries(configOf(run)).map(([key, value]) => `${key}=${String(value)}`);
    found = [run.name, run.status, run.group, run.author, run.notes, ...run.tags, ...config]
      .join("\n")
      .toLowerCase();
    texts.set(run, found);
  }
  return found;
}
