/** One live panel of an article, by its kind. */
import { useMemo, useState } from "preact/hooks";
import { RunLegend } from "../compare/curves";
import type { PanelSpec, RunRow } from "../data/types";
import { metricsOf } from "../lib/facts";
import { GroupBars } from "../hyper/bars";
import { defaultAxes } from "../hyper/choices";
import { ColourLegend } from "../hyper/controls";
import { brushed, dimensionNamed, dimensionsOf, idOf, isUsable, mainMetric, metricDimension, type Dimension, type Interval } from "../hyper/dimensions";
import { Parallel, type Brushes } from "../hyper/parallel";
import { Scatter } from "../hyper/scatter";
import { MediaBrowser } from "../media";
import { CurvesPart } from "./curves";
import { fits } from "./glob";
import { plain } from "../run/ansi";
import { colourAt } from "../state/colours";
import { failure, loading, runByName } from "../state/runs";
import { CodePanel, ConfigPanel, DiffPanel, FindingsPanel, HistogramPanel } from "./parts";
import { RunsPanel } from "./runs";
import "../run/run.css";
import "../media/media.css";
import "../hyper/hyper.css";
import "../compare/compare.css";
import "./panels.css";

const HEIGHT = 300; // pixels
const LEGEND = 16; // runs, up to which they are named

export interface PartProps {
  spec: PanelSpec;
  runs: readonly RunRow[];
}

export function Panel({ spec }: { spec: PanelSpec }) {
  const known = runByName.value;
  const runs = useMemo(() => spec.runs.flatMap((name) => known.get(name) ?? []), [spec, known]);
  return (
    <div class="gp-page gp-article-panel">
      {spec.title && <p class="gp-panel-title">{plain(spec.title)}</p>}
      {runs.length ? (
        <Body spec={spec} runs={runs} />
      ) : (
        <p class="gp-empty" role="status">
          {loading.value ? "Loading…" : (failure.value ?? "None of this panel's runs is in this report.")}
        </p>
      )}
    </div>
  );
}

function Body({ spec, runs }: PartProps) {
  switch (spec.kind) {
    case "curves":
      return <CurvesPart spec={spec} runs={runs} />;
    case "runs":
      return <RunsPanel spec={spec} runs={runs} />;
    case "parallel":
      return <ParallelPart spec={spec} runs={runs} />;
    case "scatter":
      return <ScatterPart spec={spec} runs={runs} />;
    case "bars":
      return <BarsPart spec={spec} runs={runs} />;
    case "diff":
      return <DiffPanel spec={spec} runs={runs} />;
    case "media":
      return (
        <MediaBrowser
          runs={runs.map((run) => run.name)}
          {...(spec.key ? { only: (key: string) => fits(spec.key!, key) } : {})}
        />
      );
    case "histogram":
      return <HistogramPanel spec={spec} runs={runs} />;
    case "config":
      return <ConfigPanel spec={spec} runs={runs} />;
    case "code":
      return <CodePanel spec={spec} runs={runs} />;
    case "findings":
      return <FindingsPanel spec={spec} runs={runs} />;
  }
}

function metricFor(spec: PanelSpec, runs: readonly RunRow[]): Dimension | null {
  const named = spec.metrics?.[0];
  if (named) return metricDimension(runs, named);
  return mainMetric(metricsOf(runs).map((key) => metricDimension(runs, key)));
}

function ParallelPart({ spec, runs }: PartProps) {
  const [brushes, setBrushes] = useState<Brushes>(new Map());
  const metric = useMemo(() => metricFor(spec, runs), [spec, runs]);
  const axes = useMemo(() => {
    if (spec.keys?.length) {
      const keys = spec.keys.map((key) => dimensionNamed(runs, key));
      const metrics = (spec.metrics ?? (metric ? [metric.key] : [])).map((key) => metricDimension(runs, key));
      return [...keys, ...metrics].filter(isUsable);
    }
    return metric ? defaultAxes(dimensionsOf(runs).filter(isUsable), metric) : [];
  }, [spec, runs, metric]);
  if (axes.length < 2) return <p class="gp-empty">There are not two axes that these runs have values on.</p>;
  const colourBy = spec.colour ? dimensionNamed(runs, spec.colour) : metric;
  const picked = brushed(axes, brushes);
  return (
    <>
      <Parallel
        runs={runs}
        axes={axes}
        colourBy={colourBy}
        brushes={brushes}
        brush={(id: string, intervals: readonly Interval[]) => setBrushes((old) => new Map([...old, [id, intervals]]))}
        height={spec.height ?? HEIGHT}
      />
      <div class="gp-bar">
        {colourBy && <ColourLegend of={colourBy} colours={colourAt} />}
        <span class="gp-soft" role="status">
          {picked ? `${picked.length} of ${runs.length} runs picked` : "Drag along an axis to pick runs"}
        </span>
        {picked && (
          <button type="button" class="gp-button small" onClick={() => setBrushes(new Map(axes.map((axis) => [idOf(axis), []])))}>
            Clear
          </button>
        )}
      </div>
      {picked && picked.length > 0 && picked.length <= LEGEND && <RunLegend names={picked.map((i) => runs[i]!.name)} />}
    </>
  );
}

function ScatterPart({ spec, runs }: PartProps) {
  const parts = useMemo(() => {
    const metric = metricFor(spec, runs);
    const axes = metric ? defaultAxes(dimensionsOf(runs).filter(isUsable), metric) : [];
    return {
      x: spec.x ? dimensionNamed(runs, spec.x) : axes[0],
      y: spec.y ? dimensionNamed(runs, spec.y) : (metric ?? undefined),
      colourBy: spec.colour ? dimensionNamed(runs, spec.colour) : null,
    };
  }, [spec, runs]);
  if (!parts.x || !parts.y) return <p class="gp-empty">These runs have no two columns to show.</p>;
  return (
    <Scatter
      runs={runs}
      x={parts.x}
      y={parts.y}
      colourBy={parts.colourBy}
      height={spec.height ?? HEIGHT}
      {...(spec.log === undefined ? {} : { logX: spec.log, logY: spec.log && decade(parts.y) })}
    />
  );
}

/** Whether a column's numbers reach over a decade: on a shorter axis logarithms only confuse. */
function decade({ numbers }: Dimension): boolean {
  const finite = numbers.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  return low > 0 && finite.some((value) => value >= 10 * low);
}

function BarsPart({ spec, runs }: PartProps) {
  const metric = useMemo(() => metricFor(spec, runs), [spec, runs]);
  const by = useMemo(
    () => (spec.group ? dimensionNamed(runs, spec.group) : runDimension(runs)),
    [spec, runs],
  );
  return metric ? <GroupBars by={by} metric={metric} /> : <p class="gp-empty">These runs have no metrics.</p>;
}

/** Each run by itself, in the panel's order. */
function runDimension(runs: readonly RunRow[]): Dimension {
  const names = runs.map((run) => run.name);
  return { key: "run", kind: "fact", numeric: false, log: false, names, goal: null, numbers: names.map((_, i) => i), texts: names };
}
