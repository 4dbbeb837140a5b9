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
export const ignoreOutliers = signal(true);
/** The config key by which runs are joined to mean curves. */
export const groupBy = signal<string | null>(null);
export const band = signal<Band>("range");
/** The run against which all deltas are shown. */
export const baseline = signal<string | null>(null);
/** Runs that the reader switched on or off; the others follow `mostShown`. */
export const switched = signal<ReadonlyMap<string, boolean>>(new Map());
/** How many of the listed runs are drawn unless the reader says otherwise; 0: all. */
export const mostShown = signal(50);
/** By what the table is sorted: a column's key; `down` turns its natural order around. */
export const sort = signal<{ key: string; down: boolean }>({ key: "created", down: false });
/** Columns that the reader chose, by key; null: the usual ones. */
export const columns = signal<readonly string[] | null>(null);
/** Runs that the reader ticked, to compare them or show only them. */
export const ticked = signal<ReadonlySet<string>>(new Set());
/** The part of the x axis that all charts show; null: all of it. */
export const zoom = signal<readonly [number, number] | null>(null);
/** Which metrics' panels are shown: words or a regular expression. */
export const panelSearch = signal("");
/** Metrics whose panels stand first. */
export const pinned = signal<readonly string[]>([]);
export type PanelSize = "small" | "medium" | "large";
export const panelSize = signal<PanelSize>("medium");
/** Whether hidden runs are listed. */
export const withHidden = signal(false);
/** The run under the pointer, in the table or on a chart. */
export const hovered = signal<string | null>(null);
/** Runs that a brush on the hyperparameters picked; null: nothing is brushed. */
export const selection = signal<ReadonlySet<string> | null>(null);
