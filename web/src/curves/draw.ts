/** Lines on a canvas. */
import type { Line } from "./lines";
import { outlines, polylines, projections, type Frame } from "./project";

/** How thick lines are, in CSS pixels. */
export const WIDTH = 1.5;
const STRONG = 2.75;
// With more lines than this, points are not marked, and lines are thinner.
const MANY = 40;
const MOST_DOTS = 40;

/**
 * Draw all lines.
 *
 * @param frame in pixels of the canvas.
 * @param ratio pixels of the canvas per CSS pixel.
 */
export function drawLines(
  ctx: CanvasRenderingContext2D,
  lines: readonly Line[],
  frame: Frame,
  ratio: number,
): void {
  ctx.save();
  ctx.beginPath();
  ctx.rect(frame.left, frame.top, frame.width, frame.height);
  ctx.clip();
  ctx.lineJoin = "round";
  const many = lines.length > MANY;
  const width = (many ? 1 : WIDTH) * ratio;
  for (const line of lines) drawBand(ctx, line, frame);
  for (const line of lines)
    if (line.raw !== null && !many)
      strokeLine(ctx, line, line.raw, frame, { width: ratio, alpha: 0.28, ratio, dots: false });
  for (const line of lines)
    strokeLine(ctx, line, line.ys, frame, {
      width: line.strong ? STRONG * ratio : width,
      alpha: many && !line.strong ? 0.8 : 1,
      ratio,
      dots: !many,
    });
  for (const line of lines) drawBad(ctx, line, frame, ratio);
  ctx.restore();
}

/** Draw one line over the others, and them faint. */
export function drawHighlight(
  ctx: CanvasRenderingContext2D,
  line: Line,
  frame: Frame,
  ratio: number,
  veil: string,
): void {
  ctx.save();
  ctx.globalAlpha = 0.55;
  ctx.fillStyle = veil;
  ctx.fillRect(frame.left, frame.top, frame.width, frame.height);
  ctx.globalAlpha = 1;
  ctx.beginPath();
  ctx.rect(frame.left, frame.top, frame.width, frame.height);
  ctx.clip();
  ctx.lineJoin = "round";
  drawBand(ctx, line, frame);
  if (line.raw !== null)
    strokeLine(ctx, line, line.raw, frame, { width: ratio, alpha: 0.35, ratio, dots: false });
  strokeLine(ctx, line, line.ys, frame, { width: 2.25 * ratio, alpha: 1, ratio, dots: true });
  drawBad(ctx, line, frame, ratio);
  ctx.restore();
}

function drawBand(ctx: CanvasRenderingContext2D, line: Line, frame: Frame): void {
  if (line.low === null) return;
  ctx.globalAlpha = 0.16;
  ctx.fillStyle = line.colour;
  for (const outline of outlines(line, frame)) {
    trace(ctx, outline);
    ctx.closePath();
    ctx.fill();
  }
  ctx.globalAlpha = 1;
}

interface Stroke {
  width: number;
  alpha: number;
  ratio: number;
  /** Whether single points, and all points of a short line, are marked. */
  dots: boolean;
}

function strokeLine(
  ctx: CanvasRenderingContext2D,
  line: Line,
  values: Float64Array,
  frame: Frame,
  how: Stroke,
): void {
  ctx.globalAlpha = how.alpha;
  ctx.strokeStyle = ctx.fillStyle = line.colour;
  ctx.lineWidth = how.width;
  ctx.setLineDash(line.dash.map((length) => length * how.ratio));
  const short = how.dots && line.xs.length <= MOST_DOTS && frame.width / how.ratio > 200;
  for (const points of polylines(line.xs, values, frame)) {
    if (points.length > 2) {
      trace(ctx, points);
      ctx.stroke();
    }
    if (!short && points.length > 2) continue;
    const radius = (line.xs.length <= 1 ? 3 : 2) * how.ratio;
    for (let i = 0; i < points.length; i += 2) dot(ctx, points[i]!, points[i + 1]!, radius);
  }
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
}

/** Values that are not finite: a cross at the lower edge for NaN, a wedge at the edge for ±∞. */
function drawBad(ctx: CanvasRenderingContext2D, line: Line, frame: Frame, ratio: number): void {
  const [px] = projections(frame);
  ctx.strokeStyle = ctx.fillStyle = line.colour;
  ctx.lineWidth = 1.5 * ratio;
  const size = 3.5 * ratio;
  let before = -Infinity;
  for (const { x, value } of line.bad) {
    const at = px(x);
    if (!(at - before > 2 * size)) continue; // a row of them reads as one anyway
    before = at;
    const up = value === Infinity;
    const y = up ? frame.top + 2 * size : frame.top + frame.height - 2 * size;
    ctx.beginPath();
    if (Number.isNaN(value)) {
      ctx.moveTo(at - size, y - size);
      ctx.lineTo(at + size, y + size);
      ctx.moveTo(at + size, y - size);
      ctx.lineTo(at - size, y + size);
      ctx.stroke();
    } else {
      const tip = up ? -size : size;
      ctx.moveTo(at - size, y - tip);
      ctx.lineTo(at + size, y - tip);
      ctx.lineTo(at, y + tip);
      ctx.closePath();
      ctx.fill();
    }
  }
}

/** A filled circle. */
export function dot(ctx: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fill();
}

function trace(ctx: CanvasRenderingContext2D, points: readonly number[]): void {
  ctx.beginPath();
  ctx.moveTo(points[0]!, points[1]!);
  for (let i = 2; i < points.length; i += 2) ctx.lineTo(points[i]!, points[i + 1]!);
}
