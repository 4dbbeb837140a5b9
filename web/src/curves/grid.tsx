/** All panels of the workspace, in sections by the first part of the metrics' names. */
import { signal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { Prose } from "../components/prose";
import { headline } from "../run/headline";
import type { MetricSummary } from "../data/types";
import { plural } from "../lib/format";
import { dictionary } from "../lib/tree";
import { failure, loading, runs } from "../state/runs";
import { visible } from "../state/visible";
import { panelSearch, panelSize, pinned } from "../state/view";
import { CurveControls } from "./controls";
import { CurvePanel } from "./panel";
import { useMetricNames } from "./use-lines";

/** Width that a panel needs, and its chart's height, pixels. */
const SIZES = { small: [210, 150], medium: [300, 220], large: [440, 320] } as const;
const closed = signal<ReadonlySet<string>>(new Set());

export function CurvesTab() {
  const names = useMetricNames(visible.value, panelSearch.value);
  const first = pinned.value;
  const sections = useMemo(() => {
    const found = sectionsOf(sortedByTelling(names.filter((name) => !first.includes(name))));
    const ahead = first.filter((name) => names.includes(name));
    return ahead.length > 0 ? [{ title: "Pinned", metrics: ahead }, ...found] : found;
  }, [names, first]);
  return (
    <div class="gx-curves">
      <CurveControls />
      <div class="gx-scroll gx-sections">
        {sections.map((section) => (
          <Section key={section.title} {...section} />
        ))}
        {sections.length === 0 && <Nothing />}
      </div>
    </div>
  );
}

function Section({ title, metrics }: { title: string; metrics: readonly string[] }) {
  const isClosed = closed.value.has(title);
  const [width, height] = SIZES[panelSize.value];
  const toggle = () => {
    const next = new Set(closed.value);
    if (!next.delete(title)) next.add(title);
    closed.value = next;
  };
  return (
    // Small sections share a row: each takes room for its panels.
    <section
      class="gx-panels"
      aria-label={title}
      style={isClosed ? undefined : { flex: `${metrics.length} 1 ${metrics.length * width}px` }}
    >
      <h2>
        <button type="button" aria-expanded={!isClosed} onClick={toggle}>
          <span class="gx-fold" aria-hidden="true" />
          {title}
          <span class="gx-count">{metrics.length}</span>
        </button>
      </h2>
      {!isClosed && (
        <div class="gx-grid" style={{ "--panel": `${width - 10}px` }}>
          {metrics.map((metric) => (
            <CurvePanel key={metric} metric={metric} height={height} pin />
          ))}
        </div>
      )}
    </section>
  );
}

function Nothing() {
  let text = "No metric has that name.";
  if (failure.value !== null) text = failure.value;
  else if (loading.value) text = "Loading…";
  else if (runs.value.length === 0)
    text = "There are no runs yet. `gitexp record python train.py` makes one.";
  else if (visible.value.length === 0)
    text = `None of ${plural(runs.value.length, "run")} is shown: switch on some in the list of runs.`;
  else if (panelSearch.value === "") text = "The shown runs have no metrics.";
  return (
    <p class="gx-empty">
      <Prose text={text} />
    </p>
  );
}

/** Metrics in sections, in the order of their first metrics: `train/loss` is in "train". */
export function sectionsOf(names: readonly string[]): { title: string; metrics: string[] }[] {
  const found = new Map<string, string[]>();
  for (const name of names) {
    const slash = name.indexOf("/");
    const title = slash > 0 ? name.slice(0, slash) : "Metrics";
    const section = found.get(title);
    if (section === undefined) found.set(title, [name]);
    else section.push(name);
  }
  return [...found].map(([title, metrics]) => ({ title, metrics }));
}

/** The metrics that runs are judged by come first. */
function sortedByTelling(names: readonly string[]): string[] {
  const metrics = dictionary<MetricSummary>();
  const wanted = new Set(names);
  for (const run of visible.peek())
    for (const [key, metric] of Object.entries(run.metrics))
      if (wanted.has(key)) metrics[key] ??= metric;
  return headline({ metrics }, true);
}
