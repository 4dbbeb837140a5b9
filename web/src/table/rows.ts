/** The table's rows: runs, or groups with their runs below them. */
import { computed, signal } from "@preact/signals";
import type { RunRow } from "../data/types";
import type { Column } from "../state/columns";
import { sortValue } from "../state/columns";
import { listedGroups, type Group } from "../state/groups";
import { listed } from "../state/visible";

export type Row = { kind: "run"; run: RunRow } | { kind: "group"; group: Group; open: boolean };

/** Groups that are folded, by label. */
export const folded = signal<ReadonlySet<string>>(new Set());

export const rows = computed<readonly Row[]>(() => {
  const groups = listedGroups.value;
  if (groups === null) return listed.value.map((run) => ({ kind: "run", run }));
  return groups.flatMap((group): Row[] => {
    const open = !folded.value.has(group.label);
    const head: Row = { kind: "group", group, open };
    return open ? [head, ...group.runs.map((run): Row => ({ kind: "run", run }))] : [head];
  });
});

/** Fold a group, or unfold it. */
export function toggleGroup(label: string): void {
  const next = new Set(folded.value);
  if (!next.delete(label)) next.add(label);
  folded.value = next;
}

/** The mean of a column over a group's runs; null: nothing there is a number. */
export function meanOf(column: Column, of: readonly RunRow[]): number | null {
  let sum = 0;
  let count = 0;
  for (const run of of) {
    const value = sortValue(column, run);
    if (typeof value !== "number" || !Number.isFinite(value)) continue;
    sum += value;
    count++;
  }
  return count > 0 ? sum / count : null;
}
