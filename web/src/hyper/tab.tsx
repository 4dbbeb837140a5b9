/** How configs and metrics of the listed runs go together; brushing picks runs everywhere. */
import { signal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { plural } from "../lib/format";
import { plain } from "../run/ansi";
import { colourAt } from "../state/colours";
import { links } from "../state/route";
import { selection, switched } from "../state/view";
import { listed } from "../state/visible";
import { metricsOf } from "../lib/facts";
import { GroupBars } from "./bars";
import { defaultAxes } from "./choices";
import { ColourLegend, DimensionSelect } from "./controls";
import { Correlations } from "./correlationview";
import { Differing } from "./differing";
import { brushed, dimensionsOf, idOf, isUsable, mainMetric, metricDimension, varies, type Dimension, type Interval } from "./dimensions";
import { Parallel, type Brushes } from "./parallel";
import { Ranges } from "./ranges";
import { Scatter } from "./scatter";
import "../run/run.css";
import "../media/media.css";
import "./hyper.css";

const REST_MS = 80;
// Kept while other pages show, as the selection is.
const ranges = signal<Brushes>(new Map());

export function HyperTab() {
  const on = switched.value;
  const all = listed.value;
  const shown = useMemo(() => all.filter((run) => on.get(run.name) !== false), [all, on]);
  const [chosenMetric, setMetric] = useState<string | null>(null);
  const metrics = useMemo(
    () => metricsOf(shown).map((key) => metricDimension(shown, key)).filter(isUsable),
    [shown],
  );
  const chosen = metrics.find((one) => idOf(one) === chosenMetric) ?? mainMetric(metrics);
  // What is looked at is what the metric came to: a run without it has no place in any chart.
  const runs = useMemo(
    () => (chosen ? shown.filter((_, i) => Number.isFinite(chosen.numbers[i])) : shown),
    [shown, chosen],
  );
  const dimensions = useMemo(() => dimensionsOf(runs), [runs]);
  const usable = useMemo(() => dimensions.filter(isUsable), [dimensions]);
  const by = (id: string | null) => usable.find((one) => idOf(one) === id) ?? null;
  const metric = chosen && by(idOf(chosen));
  const [chosenAxes, setAxes] = useState<readonly string[] | null>(null);
  const axes = useMemo(() => axesOf(usable, metric, chosenAxes), [usable, metric, chosenAxes]);
  const [colourId, setColour] = useState<string | null>(null);
  const brushes = ranges.value;
  const brush = (id: string, intervals: readonly Interval[]) => {
    ranges.value = new Map([...ranges.value, [id, intervals]]);
  };
  useEffect(() => {
    // While the pointer drags, tables and curves wait until it rests.
    const timer = setTimeout(() => {
      const picked = brushed(axes, brushes);
      if (picked === null) {
        if (brushes.size) selection.value = null;
      } else selection.value = new Set(picked.map((i) => runs[i]!.name));
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [axes, brushes, runs]);
  // Somebody else took the selection back: the brushes go, too.
  useEffect(() => {
    if (selection.value === null && [...brushes.values()].some((one) => one.length))
      ranges.value = new Map(axes.map((axis) => [idOf(axis), []]));
  }, [selection.value]);

  if (!shown.length) return <p class="gp-empty gp-page">No run is shown.</p>;
  if (!metric)
    return (
      <section class="gp-page gp-hyper" aria-label="Hyperparameters">
        <p class="gp-empty">None of these runs has a metric.</p>
        <Differing runs={runs} dimensions={dimensions} metric={null} />
      </section>
    );
  const colourBy = colourId === null ? metric : by(colourId);
  const picked = selection.value;
  return (
    <section class="gp-page gp-hyper" aria-label="Hyperparameters">
      <div class="gp-bar gp-metric-choice">
        <DimensionSelect label="What makes a difference to" dimensions={metrics} value={idOf(metric)} choose={setMetric} />
        <span class="gp-soft">
          {plural(runs.length, "run")} {runs.length === 1 ? "has" : "have"} it
          {shown.length > runs.length && `, ${shown.length - runs.length} without it left out`}
          {metric.goal && ` · best value of each, ${metric.goal} is better`}
        </span>
      </div>
      <div class="gp-panel">
        <header class="gp-bar">
          <h2>Parallel coordinates</h2>
          <DimensionSelect label="Colour" dimensions={usable} value={colourBy ? idOf(colourBy) : ""} choose={setColour} none="run" />
          <AxisChoice usable={usable} axes={axes} choose={setAxes} />
          {colourBy && <ColourLegend of={colourBy} colours={colourAt} />}
          <span class="gp-push" role="status">
            {picked ? `${plural(picked.size, "run")} of ${runs.length} picked` : plural(runs.length, "run")}
          </span>
          {picked && (
            <button type="button" class="gp-button small" onClick={() => (selection.value = null)}>
              Clear
            </button>
          )}
        </header>
        {axes.length > 1 ? (
          <Parallel runs={runs} axes={axes} colourBy={colourBy} brushes={brushes} brush={brush} />
        ) : (
          <p class="gp-empty">The runs differ in no config key.</p>
        )}
        <p class="gp-soft gp-tight">
          Drag along an axis to pick runs there; drag on more axes to pick among these. A click on an axis
          takes its range back.
        </p>
        <Ranges axes={axes} brushes={brushes} brush={brush} />
      </div>
      <Pairs runs={runs} usable={usable} dimensions={dimensions} metric={metric} picked={picked} />
      <div class="gp-panel">
        <h2>Config keys that differ</h2>
        <Differing runs={runs} dimensions={dimensions} metric={metric} picked={picked} />
      </div>
    </section>
  );
}

function axesOf(usable: readonly Dimension[], metric: Dimension | null, chosen: readonly string[] | null): Dimension[] {
  if (chosen === null) return metric ? defaultAxes(usable, metric) : [];
  return chosen.flatMap((id) => usable.find((one) => idOf(one) === id) ?? []);
}

interface AxisProps {
  usable: readonly Dimension[];
  axes: readonly Dimension[];
  choose: (ids: readonly string[]) => void;
}

/** Which axes there are, and in which order. */
function AxisChoice({ usable, axes, choose }: AxisProps) {
  const ids = axes.map(idOf);
  const more = usable.filter((one) => !ids.includes(idOf(one)));
  const move = (at: number, by: number) => {
    const next = [...ids];
    const [id] = next.splice(at, 1);
    next.splice(at + by, 0, id!);
    choose(next);
  };
  return (
    <details class="gp-menu">
      <summary class="gp-button small">Axes ({axes.length})</summary>
      <div>
        <ol>
          {axes.map((axis, i) => (
            <li key={idOf(axis)}>
              <span>{plain(axis.key)}</span>
              <button type="button" disabled={i === 0} aria-label={`${axis.key} to the left`} onClick={() => move(i, -1)}>
                ←
              </button>
              <button type="button" disabled={i === axes.length - 1} aria-label={`${axis.key} to the right`} onClick={() => move(i, 1)}>
                →
              </button>
              <button type="button" aria-label={`Take ${axis.key} away`} onClick={() => choose(ids.filter((id) => id !== idOf(axis)))}>
                ×
              </button>
            </li>
          ))}
        </ol>
        <DimensionSelect label="Add" dimensions={more} value="" none="…" choose={(id) => id && choose([...ids, id])} />
      </div>
    </details>
  );
}

interface PairsProps {
  runs: ReturnType<typeof listed.peek>;
  usable: readonly Dimension[];
  dimensions: readonly Dimension[];
  metric: Dimension;
  picked: ReadonlySet<string> | null;
}

/** Scatter, correlation, and bars of groups: what one metric does with each key. */
function Pairs({ runs, usable, dimensions, metric, picked }: PairsProps) {
  const varying = useMemo(() => dimensions.filter(varies), [dimensions]);
  const config = varying.filter((one) => one.kind === "config" && isUsable(one));
  const first = useMemo(() => defaultAxes(usable, metric)[0] ?? metric, [usable, metric]);
  const [xId, setX] = useState<string | null>(null);
  const [yId, setY] = useState<string | null>(null);
  const [colourId, setColour] = useState("");
  const [groupId, setGroup] = useState<string | null>(null);
  const by = (id: string | null) => usable.find((one) => idOf(one) === id) ?? null;
  const x = by(xId) ?? first;
  const y = by(yId) ?? metric;
  const group = by(groupId) ?? config.find((one) => !one.numeric) ?? config[0];
  return (
    <div class="gp-pairs-grid">
      <div class="gp-panel">
        <header class="gp-bar">
          <h2>Scatter</h2>
          <DimensionSelect label="x" dimensions={usable} value={idOf(x)} choose={setX} />
          <DimensionSelect label="y" dimensions={usable} value={idOf(y)} choose={setY} />
          <DimensionSelect label="Colour" dimensions={usable} value={colourId} choose={setColour} none="run" />
        </header>
        <Scatter runs={runs} x={x} y={y} colourBy={by(colourId)} picked={picked} open={(run) => (location.hash = links.run(run))} />
      </div>
      <div class="gp-panel">
        <header class="gp-bar">
          <h2>Correlation with {plain(metric.key)}</h2>
        </header>
        <Correlations dimensions={varying} metric={metric} choose={(key) => setX(`config:${key}`)} />
        <aside class="gp-later" aria-labelledby="gp-importance">
          <h3 id="gp-importance">Importance by a model</h3>
          <p class="gp-soft">
            Not worked out by this version. A correlation looks at one key at a time: what only a
            combination of keys does, it does not show.
          </p>
        </aside>
      </div>
      {group && (
        <div class="gp-panel gp-whole">
          <header class="gp-bar">
            <h2>Groups</h2>
            <DimensionSelect label="by" dimensions={config} value={idOf(group)} choose={setGroup} />
          </header>
          <GroupBars by={group} metric={metric} />
        </div>
      )}
    </div>
  );
}
