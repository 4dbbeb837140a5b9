/** Runs joined by a config key or a fact: one row above them, one mean curve for them. */
import { computed } from "@preact/signals";
import type { RunRow } from "../data/types";
import { configOf } from "../lib/facts";
import { value as shown } from "../lib/format";
import { byValue } from "../lib/order";
import { runs } from "./runs";
import { groupBy } from "./view";
import { listed, visible } from "./visible";

export interface Group {
  /** The value that its runs share, as text. */
  label: string;
  runs: readonly RunRow[];
  /** Place in the palette. */
  place: number;
}

/** Facts by which runs can be grouped, beside config keys. */
export const GROUP_FACTS = ["group", "job_type", "status", "author", "host", "branch"] as const;

/** The value of a run that decides its group. */
export function groupLabel(run: RunRow, key: string): string {
  if (key.startsWith("config.")) return shown(configOf(run)[key.slice(7)]);
  if (key === "branch") return shown(run.git.branch);
  return shown((run as unknown as Record<string, unknown>)[key]);
}

/** Place of each label: by its order over all runs, so that a filter changes no colour. */
const places = computed(() => {
  const key = groupBy.value;
  const labels = new Set(key === null ? [] : runs.value.map((run) => groupLabel(run, key)));
  const sorted = [...labels].sort(byValue);
  return new Map(sorted.map((label, place) => [label, place]));
});

function grouped(of: readonly RunRow[], key: string): Group[] {
  const found = new Map<string, RunRow[]>();
  for (const run of of) {
    const label = groupLabel(run, key);
    const group = found.get(label);
    if (group === undefined) found.set(label, [run]);
    else group.push(run);
  }
  return [...found].map(([label, members]) => ({
    label,
    runs: members,
    place: places.value.get(label) ?? 0,
  }));
}

/** Place in the palette of the group that a run is in; null: no grouping. */
export function groupPlace(run: RunRow): number | null {
  const key = groupBy.value;
  return key === null ? null : (places.value.get(groupLabel(run, key)) ?? 0);
}

/** Groups of the listed runs; null: no grouping. */
export const listedGroups = computed(() =>
  groupBy.value === null ? null : grouped(listed.value, groupBy.value),
);

/** Groups of the runs that are drawn; null: no grouping. */
export const visibleGroups = computed(() =>
  groupBy.value === null ? null : grouped(visible.value, groupBy.value),
);
