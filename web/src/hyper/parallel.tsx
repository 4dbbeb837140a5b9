/** Parallel coordinates: a line for each run, ranges brushed on any number of axes. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import type * as echarts from "echarts/core";
import type { RunRow } from "../data/types";
import { duration, number } from "../lib/format";
import { plain } from "../run/ansi";
import { hovered } from "../state/view";
import { dark } from "../state/theme";
import { coloursOf } from "./colouring";
import { idOf, type Dimension, type Interval } from "./dimensions";
import { EChart, type Inks } from "./echart";

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
        intervals: wanted.map(([low, high]) => [toScale(axis, low), toScale(axis, high)]),
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
  return (
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
          brush(idOf(axis), intervals.map(([low, high]) => [fromScale(axis, low), fromScale(axis, high)] as const));
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
  );
}

/** A run's value of a column as the reader sees it. */
export function said(axis: Dimension, run: number): string {
  const value = axis.numbers[run]!;
  if (!axis.numeric) return plain(axis.texts[run] || "–");
  if (Number.isNaN(value)) return "–";
  return axis.key === "duration_s" ? duration(value) : number(value);
}

// Logarithms are taken here, so that brushed intervals are plain numbers on every axis.
function toScale(axis: Dimension, value: number): number {
  return axis.log ? Math.log10(value) : value;
}

function fromScale(axis: Dimension, value: number): number {
  return axis.log ? 10 ** value : value;
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
            const value = toScale(axis, axis.numbers[run]!);
            return Number.isFinite(value) ? value : "-";
          }),
          lineStyle: { color: colour },
        })),
      },
    ],
  };
}

function axisOf(axis: Dimension, inks: Inks, last: boolean): object {
  const finite = axis.numbers.map((value) => toScale(axis, value)).filter(Number.isFinite);
  let low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  let high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!axis.numeric) [low, high] = [-0.5, axis.names.length - 0.5];
  else if (!(high > low)) [low, high] = [low - 0.5, high + 0.5];
  const ticks = ticksOf(finite, axis.numeric, low, high);
  const words = axis.key.length > 24 ? `…${axis.key.slice(-23)}` : axis.key;
  const arrow = axis.goal === "lower" ? " ↓" : axis.goal === "higher" ? " ↑" : "";
  return {
    name: plain(words) + arrow,
    nameLocation: "end",
    nameGap: 16,
    nameTextStyle: { color: axis.kind === "config" ? inks.soft : inks.ink, fontSize: 12, fontWeight: last ? "bold" : "normal" },
    type: "value",
    min: low,
    max: high,
    axisLine: { lineStyle: { color: inks.soft, width: 1 } },
    axisTick: { lineStyle: { color: inks.soft }, customValues: ticks },
    axisLabel: {
      customValues: ticks,
      color: inks.soft,
      fontSize: 11,
      textBorderColor: inks.surface,
      textBorderWidth: 3,
      formatter: (value: number) => labelOf(axis, value),
    },
    areaSelectStyle: { width: 18, borderWidth: 1, borderColor: inks.mark, color: inks.mark, opacity: 0.25 },
  };
}

/** Where an axis has words: at its values if they are few, else at round ones and at its ends. */
function ticksOf(values: readonly number[], numeric: boolean, low: number, high: number): number[] {
  const apart = (high - low) / 18;
  const different = [...new Set(values)].sort((a, b) => a - b);
  if (!numeric || (different.length <= 9 && different.every((v, i) => i === 0 || v - different[i - 1]! > apart)))
    return different;
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((size) => size >= rough) ?? rough;
  const round: number[] = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step)
    if (at - low > apart && high - at > apart) round.push(Number(at.toPrecision(12)));
  return [low, ...round, high];
}

function labelOf(axis: Dimension, value: number): string {
  if (axis.numeric) {
    const plainValue = fromScale(axis, value);
    return axis.key === "duration_s" ? duration(plainValue) : number(plainValue, 3);
  }
  const name = Number.isInteger(value) ? axis.names[value] : undefined;
  return name === undefined ? "" : plain(name.length > 16 ? `${name.slice(0, 15)}…` : name);
}
