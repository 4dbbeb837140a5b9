/** Parallel coordinates: a line for each run, ranges brushed on any number of axes. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import type * as echarts from "echarts/core";
import type { RunRow } from "../data/types";
import { plain } from "../run/ansi";
import { hovered } from "../state/view";
import { dark } from "../state/theme";
import { coloursOf } from "./colouring";
import { idOf, type Dimension, type Interval } from "./dimensions";
import { EChart, type Inks } from "./echart";
import { fromScale, placeWords, said, scaleOf, toScale } from "./scale";

export type Brushes = ReadonlyMap<string, readonly Interval[]>;

interface ParallelProps {
  runs: readonly RunRow[];
  axes: readonly Dimension[];
  colourBy: Dimension | null;
  brushes: Brushes;
  brush: (id: string, intervals: readonly Interval[]) => void;
  height?: number; // pixels
  open?: (run: string) => void;
}

export function Parallel({ runs, axes, colourBy, brushes, brush, height = 340, open }: ParallelProps) {
  const names = useMemo(() => runs.map((run) => run.name), [runs]);
  const colours = useMemo(() => coloursOf(names, colourBy), [names, colourBy, dark.value]);
  const version = useMemo(() => ({}), [runs, axes, colours]);
  const chart = useRef<echarts.ECharts | null>(null);
  const applied = useRef<Brushes>(new Map());
  const own = useRef(false); // whether the change of the brushes comes from the chart itself
  const apply = (made: echarts.ECharts, force: boolean) => {
    axes.forEach((axis, i) => {
      const wanted = brushes.get(idOf(axis)) ?? [];
      if (!force && wanted === applied.current.get(idOf(axis))) return;
      if (!wanted.length && (force || !applied.current.get(idOf(axis))?.length)) return;
      made.dispatchAction({
        type: "axisAreaSelect",
        parallelAxisId: `axis ${i}`,
        intervals: wanted.map(([low, high]) => [toScale(axis.log, low), toScale(axis.log, high)]),
      });
    });
    applied.current = brushes;
  };
  useEffect(() => {
    if (own.current) {
      own.current = false;
      applied.current = brushes;
    } else if (chart.current) apply(chart.current, false);
  }, [brushes]);
  const known = runs.length;
  // On a narrow screen the axes keep their distance, and the box scrolls.
  return (
    <div class="gp-wide-chart" tabIndex={0} role="region" aria-label="Axes" style={{ "--least": `${axes.length * 72 + 120}px` }}>
    <EChart
      label={`Parallel coordinates of ${known} runs over ${axes.map((axis) => axis.key).join(", ")}`}
      height={height}
      version={version}
      option={(inks) => optionOf(axes, colours, known, inks)}
      after={(made) => {
        chart.current = made;
        apply(made, true);
      }}
      on={{
        axisareaselected: (event) => {
          const { parallelAxisId, intervals } = event as { parallelAxisId?: string; intervals?: [number, number][] };
          const axis = axes[Number(String(parallelAxisId ?? "").replace("axis ", ""))];
          if (!axis || !intervals) return;
          own.current = true;
          brush(idOf(axis), intervals.map(([low, high]) => [fromScale(axis.log, low), fromScale(axis.log, high)] as const));
        },
      }}
      tip={({ dataIndex }) => {
        const run = runs[dataIndex];
        if (!run) return null;
        hovered.value = run.name;
        return [plain(run.name), ...axes.map((axis) => `${plain(axis.key)}: ${said(axis, dataIndex)}`)];
      }}
      {...(open ? { select: ({ dataIndex }: { dataIndex: number }) => runs[dataIndex] && open(runs[dataIndex].name) } : {})}
    />
    </div>
  );
}

function optionOf(axes: readonly Dimension[], colours: readonly string[], runs: number, inks: Inks): object {
  const width = runs > 300 ? 1 : 1.5;
  return {
    parallel: { left: 60, right: 90, top: 44, bottom: 22, axisExpandable: false },
    parallelAxis: axes.map((axis, i) => ({ id: `axis ${i}`, dim: i, ...axisOf(axis, inks, i === axes.length - 1) })),
    series: [
      {
        type: "parallel",
        inactiveOpacity: 0.06,
        activeOpacity: runs > 300 ? 0.55 : 0.85,
        progressive: 400,
        smooth: false,
        lineStyle: { width },
        emphasis: { lineStyle: { width: 3.5, opacity: 1 } },
        data: colours.map((colour, run) => ({
          value: axes.map((axis) => {
            const value = toScale(axis.log, axis.numbers[run]!);
            return Number.isFinite(value) ? value : "-";
          }),
          lineStyle: { color: colour },
        })),
      },
    ],
  };
}

function axisOf(axis: Dimension, inks: Inks, last: boolean): object {
  const scale = scaleOf(axis, axis.log);
  const words = axis.key.length > 24 ? `…${axis.key.slice(-23)}` : axis.key;
  const arrow = axis.goal === "lower" ? " ↓" : axis.goal === "higher" ? " ↑" : "";
  return {
    name: plain(words) + arrow,
    nameLocation: "end",
    nameGap: 16,
    nameTextStyle: {
      color: axis.kind === "config" ? inks.soft : inks.ink,
      fontSize: 12,
      fontWeight: last ? "bold" : "normal",
    },
    type: "value",
    min: scale.low,
    max: scale.high,
    axisLine: { lineStyle: { color: inks.soft, width: 1 } },
    axisTick: { lineStyle: { color: inks.soft }, customValues: scale.ticks },
    axisLabel: {
      customValues: scale.ticks,
      color: inks.soft,
      fontSize: 11,
      textBorderColor: inks.surface,
      textBorderWidth: 3,
      formatter: (place: number) => placeWords(axis, scale, place),
    },
    areaSelectStyle: { width: 18, borderWidth: 1, borderColor: inks.mark, color: inks.mark, opacity: 0.25 },
  };
}
