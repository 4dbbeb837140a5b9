/** How axes are labelled. */
import type uPlot from "uplot";
import { duration, number } from "../lib/format";
import type { XAxis } from "../state/view";

// Steps between labels of a span of time, seconds.
const SPANS = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
  172800, 604800, 2592000,
];

// uPlot's templates: the least distance of labels (seconds); the label; what stands under it where
// the year, month, day, hour, minute or second begins anew; 1: under the label.
const DAY = "\n{YYYY}-{MM}-{DD}";
const TIMES: uPlot.Axis.Values = [
  [31536000, "{YYYY}", null, null, null, null, null, null, 1],
  [2419200, "{YYYY}-{MM}", null, null, null, null, null, null, 1],
  [86400, "{MM}-{DD}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", DAY, null, DAY, null, null, null, 1],
  [0.001, "{HH}:{mm}:{ss}", DAY, null, DAY, null, null, null, 1],
];

/** What the x axis is called. */
export function axisName(axis: XAxis): string {
  if (typeof axis === "object") return axis.metric;
  return { step: "step", time: "time", relative: "time since start" }[axis];
}

/** An x as a tooltip shows it. */
export function xText(axis: XAxis, x: number): string {
  if (axis === "relative") return duration(x);
  if (axis === "time") return new Date(x * 1000).toLocaleString();
  return axis === "step" ? x.toLocaleString("en", { maximumFractionDigits: 1 }) : number(x);
}

/** Labels of a plain axis: short, with k and M. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9 || (size > 0 && size < 1e-4)) return number(value, 3);
  if (size >= 1e6) return `${Number((value / 1e6).toPrecision(4))}M`;
  if (size >= 1e4) return `${Number((value / 1e3).toPrecision(4))}k`;
  return String(Number(value.toPrecision(6)));
}

function label(value: number | null, log: boolean): string {
  return value === null ? "" : log ? shortLog(value) : short(value);
}

interface Colours {
  ink: () => string;
  grid: () => string;
  font: string;
}

/** Labels of a log axis: its ends, which are no round numbers, have none. */
function shortLog(value: number): string {
  const digit = value / 10 ** Math.floor(Math.log10(value) + 1e-9);
  return Math.abs(digit - Math.round(digit)) < 1e-6 ? short(value) : "";
}

/** The two axes of a chart. */
export function axes(axis: XAxis, logX: boolean, logY: boolean, colours: Colours): uPlot.Axis[] {
  const shared = {
    stroke: colours.ink,
    font: colours.font,
    grid: { stroke: colours.grid, width: 1 },
    ticks: { show: false },
  };
  const x: uPlot.Axis = { ...shared, size: 24, gap: 4, space: 64, grid: { show: false } };
  if (axis === "relative" && !logX) {
    x.incrs = SPANS;
    x.values = (_, splits) => splits.map((value) => (value === 0 ? "0" : duration(value)));
  } else if (axis === "time" && !logX) {
    x.values = TIMES;
    x.size = 38;
  } else
    x.values = (_, splits) => splits.map((value) => label(value, logX));
  const y: uPlot.Axis = {
    ...shared,
    gap: 6,
    space: 32,
    size: (_, values) =>
      14 + 6.6 * (values ?? []).reduce((most, text) => Math.max(most, text?.length ?? 0), 2),
    values: (_, splits) => splits.map((value) => label(value, logY)),
  };
  if (logY) y.space = 24;
  return [x, y];
}
