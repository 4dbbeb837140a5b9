/** Lines over a run's time or steps: hardware figures, statistics of tensors. */
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { duration, number } from "../lib/format";
import { dark } from "../state/theme";
import { nearestIndex } from "./histogram";
import { markWords } from "./words";

export interface PlotLine {
  label: string;
  colour: string;
  dash?: readonly number[];
  xs: ArrayLike<number>; // (n,) ascending
  ys: ArrayLike<number | null>; // (n,)
}

interface TimePlotProps {
  title: string;
  lines: readonly PlotLine[];
  x: "seconds" | "step";
  format: (value: number) => string;
  /** Plots of one key share their crosshair. */
  sync: string;
  height?: number; // pixels
  /** Where the y axis begins, if it should. */
  from?: number;
  /** Whether y counts bytes: its marks are round in powers of two then. */
  binary?: boolean;
}

export function TimePlot({ title, lines, x, format, sync, height = 150, from, binary = false }: TimePlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [at, setAt] = useState<number | null>(null);
  const isDark = dark.value;
  const shape = `${isDark} ${x} ${height} ${lines.map((line) => `${line.label}${line.colour}`).join("|")}`;

  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const style = getComputedStyle(element);
    const soft = style.getPropertyValue("--soft").trim() || "#888";
    const hair = style.getPropertyValue("--hair").trim() || "#eee";
    const axis = { stroke: soft, grid: { stroke: hair, width: 1 }, ticks: { show: false }, font: "11px system-ui, sans-serif" };
    const made = new uPlot(
      {
        width: Math.max(160, element.clientWidth),
        height,
        legend: { show: false },
        padding: [8, 8, 0, 0],
        cursor: { sync: { key: sync }, drag: { x: true, y: false }, points: { size: 6 } },
        scales: {
          x: { time: false },
          y: { range: (_, low, high) => padded(from === undefined ? low : Math.min(low, from), high) },
        },
        axes: [
          { ...axis, size: 24, space: 70, ...(x === "seconds" ? { incrs: SECONDS } : {}), values: (_, values) => values.map((v) => (x === "seconds" ? duration(Math.max(0, v)) : number(v, 6))) },
          { ...axis, size: (_, values) => 14 + 6.2 * Math.max(3, ...(values ?? []).map((v) => v.length)), space: 32, values: (_, values) => markWords(values, format), ...(binary ? { incrs: BYTES } : {}) },
        ],
        series: [
          {},
          ...lines.map((line) => ({
            stroke: line.colour,
            width: 1.5,
            spanGaps: true,
            points: { show: line.xs.length < 2 },
            ...(line.dash?.length ? { dash: [...line.dash] } : {}),
          })),
        ],
        hooks: { setCursor: [(u) => setAt(u.cursor.idx === null || u.cursor.idx === undefined ? null : (u.data[0][u.cursor.idx] ?? null))] },
      },
      joined(lines),
      element,
    );
    plot.current = made;
    const observer = new ResizeObserver(() =>
      made.setSize({ width: Math.max(160, element.clientWidth), height }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => {
    // A zoom of the reader stays while points arrive.
    const made = plot.current;
    if (!made) return;
    const data = joined(lines);
    const shown = made.data[0];
    const { min, max } = made.scales.x!;
    const zoomed = min != null && max != null && shown.length > 1 && (min > shown[0]! || max < shown[shown.length - 1]!);
    made.setData(data, !zoomed);
    if (zoomed) made.redraw();
  }, [lines]);

  return (
    <figure class="gp-plot">
      <figcaption>
        <span class="gp-plot-title">{title}</span>
        <span class="gp-soft">{at === null ? "" : x === "seconds" ? `at ${duration(Math.max(0, at))}` : `step ${at}`}</span>
      </figcaption>
      <div ref={box} class="gp-plot-box" role="img" aria-label={describe(title, lines, format)} />
      <ul class="gp-legend">
        {lines.map((line) => (
          <li key={line.label}>
            <i style={{ background: line.colour }} /> {line.label}{" "}
            <b>{valueAt(line, at, format)}</b>
          </li>
        ))}
      </ul>
    </figure>
  );
}

const SECONDS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
  172_800, 604_800, 1_209_600,
];
const BYTES = [1, 1024, 1024 ** 2, 1024 ** 3, 1024 ** 4].flatMap((unit) =>
  [1, 2, 4, 8, 16, 32, 64, 128, 256, 512].map((n) => n * unit),
);

function padded(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const room = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
  return [low === 0 ? 0 : low - room, high + room];
}

/** All lines over the same x, as uPlot wants them. */
function joined(lines: readonly PlotLine[]): uPlot.AlignedData {
  const tables = lines.map(
    (line) => [Array.from(line.xs), Array.from(line.ys, (y) => (y !== null && Number.isFinite(y) ? y : null))] as uPlot.AlignedData,
  );
  if (!tables.length) return [[], []] as unknown as uPlot.AlignedData;
  return tables.length === 1 ? tables[0]! : uPlot.join(tables);
}

function valueAt(line: PlotLine, at: number | null, format: (value: number) => string): string {
  const index = at === null ? line.xs.length - 1 : nearestIndex(line.xs, at);
  const value = line.ys[index];
  return value === null || value === undefined || !Number.isFinite(value) ? "" : format(value);
}

function describe(title: string, lines: readonly PlotLine[], format: (v: number) => string): string {
  const parts = lines.slice(0, 8).map((line) => {
    const known = Array.from(line.ys).filter((y): y is number => y !== null && Number.isFinite(y));
    if (!known.length) return `${line.label}: no values`;
    const [low, high] = known.reduce(([a, b], y) => [Math.min(a, y), Math.max(b, y)], [Infinity, -Infinity]);
    return `${line.label}: ${format(low)} to ${format(high)}`;
  });
  return `${title}. ${parts.join("; ")}`;
}
