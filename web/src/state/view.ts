/** How the reader looks at the runs: filters, grouping, axes, what is picked out. */
import { signal } from "@preact/signals";

/** What curves have as x: their step, times, or another metric's key as `{metric}`. */
export type XAxis = "step" | "time" | "relative" | { metric: string };
export type Band = "range" | "deviation" | "none";

export const search = signal("");
export const where = signal("");
export const xAxis = signal<XAxis>("step");
/** Weight of the past in the moving mean, 0 (none) to 0.999. */
export const smoothing = signal(0);
export const logX = signal(false);
export const logY = signal(false);
/** Whether the y range follows the bulk of the points and not single spikes. */
export const ignoreOutliers = signal(false);
/** The config key by which runs are joined to mean curves. */
export const groupBy = signal<string | null>(null);
export const band = signal<Band>("range");
/** The run against which all deltas are shown. */
export const baseline = signal<string | null>(null);
/** Runs whose curves the reader switched off. */
export const off = signal<ReadonlySet<string>>(new Set());
/** The run under the pointer, in the table or on a chart. */
export const hovered = signal<string | null>(null);
/** Runs that a brush on the hyperparameters picked; null: nothing is brushed. */
export const selection = signal<ReadonlySet<string> | null>(null);

/** Show or hide a run's curves. */
export function toggleRun(name: string): void {
  const next = new Set(off.value);
  if (!next.delete(name)) next.add(name);
  off.value = next;
}
