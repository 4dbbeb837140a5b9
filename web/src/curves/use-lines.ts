/** The lines of a metric as a panel shows them: fetched, built anew when something changes. */
import { useComputed, useSignal, useSignalEffect, type ReadonlySignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { PackedEntry, RunRow } from "../data/types";
import { runByName } from "../state/runs";
import { refine, seriesOf, wantSeries } from "../state/series";
import { visibleGroups, type Group } from "../state/groups";
import { visible } from "../state/visible";
import { band, baseline, smoothing as sharedSmoothing, xAxis, type XAxis } from "../state/view";
import { buildLines, merged, stepsWithin, type Building } from "./build";
import type { Line } from "./lines";
import type { Range } from "./range";

/** What a panel shows; what is left out follows the workspace's own settings. */
export interface LinesOf {
  metric: string;
  /** Names; left out: the runs that the workspace draws, grouped as it groups them. */
  runs?: readonly string[];
  /** Groups of `runs`, each drawn as one curve; left out: a curve for each run. */
  groups?: readonly Group[];
  axis?: XAxis;
  smoothing?: number;
}

export interface Lines {
  lines: readonly Line[];
  loading: boolean;
  failure: string | null;
}

const REFINE_AFTER_MS = 180;

/**
 * Lines of a metric.
 *
 * @param near whether the panel is on the screen: only then anything is fetched or built.
 * @param zoom the x range that is looked at: on the dashboard it is fetched in more detail.
 */
export function useLines(of: LinesOf, near: boolean, zoom: Range | null): Lines {
  const { metric } = of;
  const series = seriesOf(metric);
  const closer = useSignal<ReadonlyMap<string, PackedEntry> | null>(null);
  const given = useSignal({ of, near });
  if (!same(given.peek(), { of, near })) given.value = { of, near };

  const building = useComputed<Building | null>(() => {
    const { of, near } = given.value;
    if (!near) return null;
    void series.version.value;
    const axis = of.axis ?? xAxis.value;
    const byName = runByName.value;
    const chosen: readonly RunRow[] =
      of.runs === undefined
        ? visible.value
        : of.runs.flatMap((name) => byName.get(name) ?? []);
    const other = typeof axis === "object" ? seriesOf(axis.metric) : null;
    void other?.version.value;
    return {
      runs: chosen,
      groups: of.groups ?? (of.runs === undefined ? visibleGroups.value : null),
      entries: series.entries,
      others: other?.entries ?? null,
      axis,
      smoothing: of.smoothing ?? sharedSmoothing.value,
      band: band.value,
      baseline: baseline.value,
    };
  });
  const lines = useComputed<readonly Line[]>(() => {
    const built = building.value;
    if (built === null) return [];
    const finer = closer.value;
    if (finer === null) return buildLines(built);
    const entries = new Map(built.entries);
    for (const [run, entry] of finer) {
      const whole = entries.get(run);
      if (whole !== undefined) entries.set(run, merged(whole, entry));
    }
    return buildLines({ ...built, entries });
  });

  useSignalEffect(() => {
    const built = building.value;
    if (built === null) return;
    const names = built.runs.filter((run) => metric in run.metrics).map((run) => run.name);
    wantSeries(metric, names);
    if (typeof built.axis === "object") wantSeries(built.axis.metric, names);
  });
  useRefined(metric, building, closer, near ? zoom : null);
  return {
    lines: lines.value,
    loading: series.loading.value > 0 || series.asked.size === 0,
    failure: series.failure.value,
  };
}

function useRefined(
  metric: string,
  building: ReadonlySignal<Building | null>,
  closer: { value: ReadonlyMap<string, PackedEntry> | null },
  zoom: Range | null,
): void {
  const [from, to] = zoom ?? [NaN, NaN];
  useEffect(() => {
    const built = building.peek();
    if (Number.isNaN(from) || built === null) {
      closer.value = null;
      return undefined;
    }
    let current = true;
    const timer = setTimeout(() => {
      const steps = stepsWithin(built, [from, to]);
      if (steps === null) return;
      const runs = built.runs.map((run) => run.name).filter((run) => built.entries.has(run));
      refine(metric, runs, steps[0], steps[1]).then(
        (found) => {
          if (current) closer.value = found;
        },
        () => undefined, // the coarse curve stays
      );
    }, REFINE_AFTER_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [metric, from, to]);
}

interface Given {
  of: LinesOf;
  near: boolean;
}

function same(a: Given, b: Given): boolean {
  return (
    a.near === b.near &&
    a.of.metric === b.of.metric &&
    a.of.smoothing === b.of.smoothing &&
    a.of.groups === b.of.groups &&
    JSON.stringify([a.of.runs, a.of.axis]) === JSON.stringify([b.of.runs, b.of.axis])
  );
}

/** All metrics that some runs have, those of a search first dropped to the ones that match. */
export function useMetricNames(runs: readonly RunRow[], words: string): string[] {
  const names = useMemo(() => {
    const found = new Set<string>();
    for (const run of runs) for (const key of Object.keys(run.metrics)) found.add(key);
    return [...found];
  }, [runs]);
  return useMemo(() => names.filter(matcher(words)), [names, words]);
}

/** Whether a metric's name has all words, or matches a regular expression in slashes. */
export function matcher(words: string): (name: string) => boolean {
  const pattern = /^\/(.+)\/i?$/.exec(words.trim());
  if (pattern !== null) {
    try {
      const expression = new RegExp(pattern[1]!, "i");
      return (name) => expression.test(name);
    } catch {
      return () => false;
    }
  }
  const parts = words.toLowerCase().split(/\s+/).filter(Boolean);
  return (name) => parts.every((part) => name.toLowerCase().includes(part));
}
