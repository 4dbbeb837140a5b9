/** Charts of `gitexp.plot` and simple Plotly figures as plain series. Pure. */
import { numberOf } from "../data/packed";
import { isMapping } from "../lib/tree";
import { cellText, compare, type Table } from "./tables";

export interface ChartSeries {
  name: string;
  kind: "line" | "scatter" | "bar";
  points: [x: number | string, y: number][];
}

export interface ChartData {
  title: string;
  x: string;
  y: string;
  series: ChartSeries[];
  /** Names along x, where x is no number. */
  categories: string[] | null;
}

/** Counts of what was taken for what. */
export interface Confusion {
  title: string;
  actual: string[];
  predicted: string[];
  counts: number[][]; // (actual, predicted)
}

/** A chart's description as logged: kind, fields, title. */
export interface ChartSpec {
  kind: string;
  fields: Record<string, unknown>;
  title: string;
}

export function specOf(item: Record<string, unknown>): ChartSpec {
  return {
    kind: String(item.kind ?? ""),
    fields: isMapping(item.fields) ? item.fields : {},
    title: String(item.title ?? ""),
  };
}

/** A table's columns as a chart; null: a column is missing. */
export function chartOf(spec: ChartSpec, table: Table): ChartData | null {
  const { kind, fields } = spec;
  const column = (name: string) => table.columns.indexOf(String(fields[name] ?? ""));
  if (kind === "histogram") return histogramOf(spec, table, column("value"));
  const bars = kind === "bar";
  const x = column(bars ? "label" : "x");
  const y = column(bars ? "value" : "y");
  if (x < 0 || y < 0) return null;
  const stroke = column("stroke");
  const groups = new Map<string, [number | string, number][]>();
  for (const row of table.rows) {
    const name = stroke < 0 ? "" : cellText(row[stroke]);
    const at = bars ? cellText(row[x]) : placeOf(row[x]);
    const points = groups.get(name) ?? [];
    groups.set(name, points);
    points.push([at, numberOf(row[y])]);
  }
  const lines = !bars && kind !== "scatter";
  return finished({
    title: spec.title,
    x: String(fields.x_title ?? fields.x ?? fields.label ?? ""),
    y: String(fields.y ?? fields.value ?? ""),
    series: [...groups].map(([name, points]) => ({
      name,
      kind: bars ? "bar" : lines ? "line" : "scatter",
      points: lines ? points.sort((a, b) => compare(a[0], b[0])) : points,
    })),
    categories: null,
  });
}

function placeOf(value: unknown): number | string {
  const number = numberOf(value);
  return typeof value === "string" && Number.isNaN(number) ? value : number;
}

function histogramOf(spec: ChartSpec, table: Table, column: number): ChartData | null {
  if (column < 0) return null;
  const values = table.rows.map((row) => numberOf(row[column])).filter(Number.isFinite);
  if (!values.length) return null;
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const bins = Math.max(5, Math.min(40, Math.ceil(Math.sqrt(values.length))));
  const size = (high - low) / bins || 1;
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) counts[Math.min(bins - 1, Math.floor((value - low) / size))]! += 1;
  return finished({
    title: spec.title,
    x: String(spec.fields.value ?? ""),
    y: "count",
    series: [{ name: "", kind: "bar", points: counts.map((count, i) => [Number((low + (i + 0.5) * size).toPrecision(3)).toString(), count]) }],
    categories: null,
  });
}

/** Columns Actual, Predicted, nPredictions as a matrix; null: they are not there. */
export function confusionOf(spec: ChartSpec, table: Table): Confusion | null {
  const at = (name: string) => table.columns.indexOf(String(spec.fields[name] ?? name));
  const [row, column, count] = [at("Actual"), at("Predicted"), at("nPredictions")];
  if (row < 0 || column < 0 || count < 0) return null;
  const actual = [...new Set(table.rows.map((cells) => cellText(cells[row])))];
  const predicted = [...new Set(table.rows.map((cells) => cellText(cells[column])))];
  const counts = actual.map(() => predicted.map(() => 0));
  for (const cells of table.rows) {
    const number = numberOf(cells[count]);
    counts[actual.indexOf(cellText(cells[row]))]![predicted.indexOf(cellText(cells[column]))]! +=
      Number.isFinite(number) ? number : 0;
  }
  return { title: spec.title, actual, predicted, counts };
}

/** A Plotly figure of lines, points and bars; null: it holds something else. */
export function plotlyOf(figure: unknown): ChartData | null {
  if (!isMapping(figure) || !Array.isArray(figure.data)) return null;
  const series: ChartSeries[] = [];
  for (const trace of figure.data) {
    if (!isMapping(trace)) return null;
    const type = String(trace.type ?? "scatter");
    if (type !== "scatter" && type !== "scattergl" && type !== "bar") return null;
    const ys = listOf(trace.y);
    const xs = listOf(trace.x) ?? ys?.map((_, i) => i);
    if (!ys || !xs) return null;
    const mode = String(trace.mode ?? "lines");
    series.push({
      name: typeof trace.name === "string" ? trace.name : "",
      kind: type === "bar" ? "bar" : mode.includes("lines") ? "line" : "scatter",
      points: xs.map((x, i) => [placeOf(x), numberOf(ys[i])]),
    });
  }
  const layout = isMapping(figure.layout) ? figure.layout : {};
  const words = (of: unknown): string =>
    typeof of === "string" ? of : isMapping(of) ? words(of.text ?? of.title) : "";
  return finished({
    title: words(layout.title),
    x: words(layout.xaxis),
    y: words(layout.yaxis),
    series,
    categories: null,
  });
}

/** A list of Plotly's JSON: plain, or base64 of a typed array. */
export function listOf(data: unknown): unknown[] | null {
  if (Array.isArray(data)) return data;
  if (!isMapping(data) || typeof data.bdata !== "string") return null;
  const bytes = Uint8Array.from(atob(data.bdata), (character) => character.charCodeAt(0));
  const readers: Record<string, new (buffer: ArrayBuffer) => ArrayLike<number>> = {
    f8: Float64Array, f4: Float32Array, i4: Int32Array, i2: Int16Array, i1: Int8Array,
    u4: Uint32Array, u2: Uint16Array, u1: Uint8Array,
  }; // prettier-ignore
  const reader = readers[String(data.dtype)];
  return reader ? Array.from(new reader(bytes.buffer)) : null;
}

function finished(chart: ChartData): ChartData {
  const places = chart.series.flatMap((one) => one.points.map(([x]) => x));
  const named = places.some((x) => typeof x === "string");
  return { ...chart, categories: named ? [...new Set(places.map(String))] : null };
}
