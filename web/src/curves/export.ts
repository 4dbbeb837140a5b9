/** A chart as a file: SVG, PNG, and its numbers as CSV. */
import { short, xText, axisName } from "./axes";
import type { Line } from "./lines";
import { outlines, polylines, projections, type Frame } from "./project";
import { xRange, yRange, type Range } from "./range";
import type { XAxis } from "../state/view";

export interface Figure {
  title: string;
  lines: readonly Line[];
  axis: XAxis;
  logX: boolean;
  logY: boolean;
  calm: boolean;
  zoom: Range | null;
}

const WIDTH = 900;
const PLOT = 420;
const LEFT = 70;
const TOP = 44;
const ROW = 18;
const MOST_NAMED = 30;

/** A chart as an SVG document, on white, with a legend. */
export function figureSvg(figure: Figure): string {
  const { lines, title, axis, logX, logY, calm } = figure;
  const x = figure.zoom ?? xRange(lines, logX) ?? [0, 1];
  const y = yRange(lines, x, logY, calm)?.range ?? [0, 1];
  const named = lines.slice(0, MOST_NAMED);
  const rows = Math.ceil(named.length / 3);
  const height = TOP + PLOT + 48 + rows * ROW + (lines.length > named.length ? ROW : 0);
  const frame: Frame = {
    left: LEFT,
    top: TOP,
    width: WIDTH - LEFT - 20,
    height: PLOT,
    x: { min: x[0], max: x[1], log: logX },
    y: { min: y[0], max: y[1], log: logY },
  };
  const [px, py] = projections(frame);
  const bottom = TOP + PLOT;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="${LEFT}" y="26" font-size="16" font-weight="600" fill="#1b1f24">${escaped(title)}</text>`,
    `<clipPath id="plot"><rect x="${LEFT}" y="${TOP}" width="${frame.width}" height="${PLOT}"/></clipPath>`,
  ];
  for (const value of ticks(y, logY, 6)) {
    const at = round(py(value));
    parts.push(
      `<path d="M${LEFT} ${at}H${LEFT + frame.width}" stroke="#ebeef2"/>`,
      `<text x="${LEFT - 8}" y="${at + 4}" text-anchor="end" fill="#57606a">${short(value)}</text>`,
    );
  }
  for (const value of ticks(x, logX, 7))
    parts.push(
      `<text x="${round(px(value))}" y="${bottom + 18}" text-anchor="middle" fill="#57606a">${escaped(axis === "step" ? short(value) : xText(axis, value))}</text>`,
    );
  parts.push(
    `<text x="${LEFT + frame.width / 2}" y="${bottom + 36}" text-anchor="middle" fill="#57606a">${escaped(axisName(axis))}</text>`,
    `<g clip-path="url(#plot)" fill="none" stroke-width="1.6" stroke-linejoin="round">`,
  );
  for (const line of lines) {
    for (const outline of outlines(line, frame))
      parts.push(`<path d="${path(outline)}Z" fill="${line.colour}" fill-opacity="0.16"/>`);
    if (line.raw !== null) parts.push(stroke(line, line.raw, frame, ' stroke-opacity="0.3"'));
    parts.push(stroke(line, line.ys, frame, ""));
  }
  parts.push("</g>");
  named.forEach((line, i) => {
    const left = LEFT + (i % 3) * ((WIDTH - LEFT) / 3);
    const top = bottom + 58 + Math.floor(i / 3) * ROW;
    const dashes = line.dash.length > 0 ? ` stroke-dasharray="${line.dash.join(" ")}"` : "";
    parts.push(
      `<path d="M${left} ${top - 4}h22" stroke="${line.colour}" stroke-width="2.5"${dashes}/>`,
      `<text x="${left + 28}" y="${top}" fill="#1b1f24">${escaped(clipped(line.label))}</text>`,
    );
  });
  if (lines.length > named.length)
    parts.push(
      `<text x="${LEFT}" y="${height - 8}" fill="#57606a">and ${lines.length - named.length} more</text>`,
    );
  parts.push("</svg>");
  return parts.join("");
}

/** The chart's points: run, x, value, and the smoothed value if there is smoothing. */
export function figureCsv({ lines, axis, title }: Figure): string {
  const smooth = lines.some((line) => line.raw !== null);
  const bands = lines.some((line) => line.low !== null);
  const head = [bands ? "group" : "run", axisName(axis), title];
  if (smooth) head.push(`${title} (smoothed)`);
  if (bands) head.push("low", "high");
  const rows = [head.map(cell).join(",")];
  for (const line of lines) {
    const values = line.raw ?? line.ys;
    for (let i = 0; i < line.xs.length; i++) {
      const row: (string | number)[] = [line.label, line.xs[i]!, values[i]!];
      if (smooth) row.push(line.ys[i]!);
      if (bands) row.push(line.low?.[i] ?? "", line.high?.[i] ?? "");
      rows.push(row.map(cell).join(","));
    }
  }
  return `${rows.join("\r\n")}\r\n`;
}

/** Draw an SVG document into a PNG of twice its size. */
export async function pngOf(svg: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth * 2;
  canvas.height = image.naturalHeight * 2;
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return await new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture was made")))),
  );
}

/** Hand a file to the reader. */
export function download(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A metric's name as a file's. */
export function fileName(title: string): string {
  return title.replace(/[^\p{L}\p{N}.-]+/gu, "_").slice(0, 80) || "chart";
}

/** Round numbers in a range, about `count` of them. */
export function ticks([low, high]: Range, log: boolean, count: number): number[] {
  if (log) {
    const [from, to] = [Math.ceil(Math.log10(low)), Math.floor(Math.log10(high))];
    if (to - from >= 1) {
      const stride = Math.max(1, Math.ceil((to - from) / count));
      const found: number[] = [];
      for (let power = from; power <= to; power += stride) found.push(10 ** power);
      return found;
    }
  }
  const rough = (high - low) / count;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const size = [1, 2, 5, 10].find((factor) => factor * unit >= rough)! * unit;
  const found: number[] = [];
  for (let i = Math.ceil(low / size); i * size <= high; i++)
    found.push(Number((i * size).toPrecision(12)));
  return found;
}

function stroke(line: Line, values: Float64Array, frame: Frame, more: string): string {
  const dashes = line.dash.length > 0 ? ` stroke-dasharray="${line.dash.join(" ")}"` : "";
  const data = polylines(line.xs, values, frame).map(path).join("");
  const strong = line.strong ? ' stroke-width="2.8"' : "";
  return data === "" ? "" : `<path d="${data}" stroke="${line.colour}"${strong}${dashes}${more}/>`;
}

function path(points: readonly number[]): string {
  let found = `M${round(points[0]!)} ${round(points[1]!)}`;
  if (points.length === 2) return `${found}h0.1`;
  for (let i = 2; i < points.length; i += 2)
    found += `L${round(points[i]!)} ${round(points[i + 1]!)}`;
  return found;
}

const round = (value: number) => Math.round(value * 10) / 10;
const clipped = (text: string) => (text.length > 38 ? `${text.slice(0, 37)}…` : text);

function escaped(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

/** A spreadsheet takes a text that begins with = + - @ as a formula: such a text gets a quote. */
function cell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
