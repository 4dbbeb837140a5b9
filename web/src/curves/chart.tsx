/** One chart: axes, zoom and crosshair by uPlot, lines drawn by ourselves.
 *
 * uPlot wants one shared x for all series. Runs have their own, up to a thousand of them, so uPlot
 * is given nothing but the corners of the plot, and lines are drawn in its hook.
 */
import { effect, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { dark } from "../state/theme";
import { hovered, type XAxis } from "../state/view";
import { axes, xText } from "./axes";
import { closest, readings, tip } from "./cursor";
import { dot, drawHighlight, drawLines } from "./draw";
import type { Line } from "./lines";
import { projections, type Frame } from "./project";
import { xRange, yRange, type Range } from "./range";

export interface ChartProps {
  title: string;
  /** Whose curves these are; left out: the title's. */
  metric?: string;
  lines: readonly Line[];
  axis: XAxis;
  logX: boolean;
  logY: boolean;
  /** Cut off rare spikes. */
  calm: boolean;
  /** The x range that is looked at; null: all. */
  zoom: Range | null;
  onZoom: (range: Range | null) => void;
  height: number;
  /** Charts with the same key share a crosshair. */
  sync: string;
  /** Told whether something lies outside the y range. */
  onCut?: (cut: boolean) => void;
}

const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
// The crosshair marks the points of this many lines at most.
const MOST_MARKS = 30;
const NEAR_PX = 40;

export function Chart(props: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  latest.current = props;
  const plot = useRef<Plot | null>(null);
  const { axis, logX, logY } = props;
  const kind = typeof axis === "object" ? axis.metric : axis;

  useEffect(() => {
    const made = new Plot(box.current!, () => latest.current);
    plot.current = made;
    return () => {
      made.destroy();
      plot.current = null;
    };
  }, [kind, logX, logY, props.sync]);
  useEffect(() => plot.current?.update(), [props.lines, props.zoom, props.calm, props.height]);
  useSignalEffect(() => {
    void dark.value;
    plot.current?.recolour();
  });
  return (
    <div
      class="gx-chart"
      ref={box}
      tabIndex={0}
      role="img"
      aria-label={summary(props)}
      onKeyDown={(event) => plot.current?.key(event)}
      onBlur={() => plot.current?.blur()}
    />
  );
}

function summary({ title, lines, axis }: ChartProps): string {
  const n = lines.length;
  const over = typeof axis === "object" ? axis.metric : axis;
  if (n === 0) return `${title}: no curves`;
  const ends = lines
    .slice(0, 5)
    .map((line) => `${line.label} ends at ${line.ys.at(-1)?.toPrecision(4) ?? "nothing"}`);
  return `${title} over ${over}, ${n} ${n === 1 ? "curve" : "curves"}. ${ends.join(", ")}`;
}

class Plot {
  private readonly u: uPlot;
  private readonly overlay = document.createElement("canvas");
  private readonly stop: () => void;
  private readonly resize: ResizeObserver | null;
  private x: Range = [0, 1];
  private y: Range = [0, 1];
  private own = false; // whether the pointer, or the keyboard, is on this chart
  private style: CSSStyleDeclaration;

  constructor(
    private readonly box: HTMLDivElement,
    private readonly props: () => ChartProps,
  ) {
    const { axis, logX, logY, height, sync } = props();
    this.style = getComputedStyle(box);
    this.measure();
    this.u = new uPlot(
      {
        width: Math.max(120, box.clientWidth),
        height,
        legend: { show: false },
        padding: [8, 10, 0, 0],
        scales: {
          x: { time: axis === "time", distr: logX ? 3 : 1, range: () => [...this.x] },
          y: { distr: logY ? 3 : 1, range: () => [...this.y] },
        },
        axes: axes(axis, logX, logY, {
          ink: () => this.variable("--soft"),
          grid: () => this.variable("--hair"),
          font: FONT,
        }),
        series: [{}, { paths: () => null, points: { show: false } }],
        cursor: {
          y: false,
          points: { show: false },
          drag: { x: true, y: false, setScale: false },
          sync: {
            key: sync,
            scales: ["x", null],
            filters: { pub: (type) => type === "mousemove" || type === "mouseleave" },
          },
          bind: {
            dblclick: () => () => {
              this.props().onZoom(null);
              return null;
            },
          },
        },
        hooks: {
          draw: [() => this.draw()],
          setCursor: [() => this.cursor()],
          setSelect: [() => this.select()],
          setSize: [() => this.fit()],
        },
      },
      this.corners(),
      box,
    );
    this.overlay.className = "gx-overlay";
    this.overlay.setAttribute("aria-hidden", "true");
    this.u.over.append(this.overlay);
    this.u.over.addEventListener("pointerenter", () => (this.own = true));
    this.u.over.addEventListener("pointerleave", () => this.leave());
    this.fit();
    this.stop = effect(() => {
      void hovered.value;
      this.over();
    });
    this.resize =
      typeof ResizeObserver === "undefined"
        ? null
        : new ResizeObserver(() => this.size());
    this.resize?.observe(box);
  }

  update(): void {
    this.measure();
    this.size();
    this.u.setData(this.corners(), true);
    this.over();
  }

  recolour(): void {
    this.u.redraw(false, true);
  }

  destroy(): void {
    this.resize?.disconnect();
    this.stop();
    if (this.own) tip.value = null;
    this.u.destroy();
  }

  /** The pointer left; where the crosshair goes then, a drag included, is uPlot's own affair. */
  leave(): void {
    if (!this.own) return;
    this.own = false;
    tip.value = null;
    hovered.value = null;
  }

  /** The keyboard left. */
  blur(): void {
    if (!this.own || this.u.over.matches(":hover")) return;
    this.leave();
    this.u.setCursor({ left: -10, top: -10 });
  }

  key(event: KeyboardEvent): void {
    const step = event.shiftKey ? 40 : 8;
    const width = this.u.over.clientWidth;
    const from = this.u.cursor.left ?? -10;
    const go = (left: number) => {
      this.own = true;
      const top = this.u.over.clientHeight / 2;
      this.u.setCursor({ left: Math.max(0, Math.min(width, left)), top });
      event.preventDefault();
    };
    if (event.key === "ArrowRight") go(from < 0 ? 0 : from + step);
    else if (event.key === "ArrowLeft") go(from < 0 ? width : from - step);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(width);
    else if (event.key === "0") this.props().onZoom(null);
    else if (event.key === "+" || event.key === "-") this.step(event.key === "+" ? 0.5 : 2);
  }

  /** Zoom around the crosshair, or the middle. */
  private step(factor: number): void {
    const [low, high] = this.x;
    const left = this.u.cursor.left ?? -1;
    const middle = left >= 0 ? this.u.posToVal(left, "x") : (low + high) / 2;
    this.props().onZoom([middle - (middle - low) * factor, middle + (high - middle) * factor]);
  }

  private measure(): void {
    const { lines, zoom, logX, logY, calm, onCut } = this.props();
    const all = xRange(lines, logX) ?? (logX ? [1, 10] : [0, 1]);
    const [low, high] = zoom ?? all;
    const same = high - low <= 1e-12 * Math.max(Math.abs(low), Math.abs(high));
    this.x = !same ? [low, high] : logX ? [low / 2, low * 2] : [low - 0.5, low + 0.5];
    const found = yRange(lines, this.x, logY, calm);
    this.y = found?.range ?? (logY ? [0.1, 1] : [0, 1]);
    onCut?.(found?.cut ?? false);
  }

  private corners(): uPlot.AlignedData {
    return [[...this.x], [...this.y]];
  }

  private size(): void {
    const width = this.box.clientWidth;
    const { height } = this.props();
    if (width > 0 && (width !== this.u.width || height !== this.u.height))
      this.u.setSize({ width, height });
  }

  private fit(): void {
    if (this.u === undefined) return; // uPlot calls its hooks while it is being made
    const { clientWidth, clientHeight } = this.u.over;
    this.overlay.width = clientWidth * devicePixelRatio;
    this.overlay.height = clientHeight * devicePixelRatio;
    this.over();
  }

  private draw(): void {
    const u = this.u ?? null;
    if (u === null) return;
    const { left, top, width, height } = u.bbox;
    drawLines(u.ctx, this.props().lines, this.frame(left, top, width, height), uPlot.pxRatio);
  }

  private frame(left: number, top: number, width: number, height: number): Frame {
    const { logX, logY } = this.props();
    const [x, y] = [this.x, this.y];
    return {
      left,
      top,
      width,
      height,
      x: { min: x[0], max: x[1], log: logX },
      y: { min: y[0], max: y[1], log: logY },
    };
  }

  private select(): void {
    const { left, width } = this.u.select;
    if (width < 4) return;
    const range: Range = [this.u.posToVal(left, "x"), this.u.posToVal(left + width, "x")];
    this.u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.props().onZoom(range);
  }

  /** The crosshair moved: here, or on a chart that shares it. */
  private cursor(): void {
    if (this.u === undefined) return;
    const { left = -10, top = 0 } = this.u.cursor;
    if (this.own) {
      if (left < 0) {
        tip.value = null;
      } else {
        const { lines, axis, title } = this.props();
        const x = this.u.posToVal(left, "x");
        const found = this.readings(lines, left);
        const { clientWidth, clientHeight } = this.u.over;
        const near = closest(found, this.frame(0, 0, clientWidth, clientHeight), top, NEAR_PX);
        const place = this.u.over.getBoundingClientRect();
        tip.value = {
          title,
          metric: this.props().metric ?? title,
          at: xText(axis, near?.x ?? x),
          readings: found,
          near: near?.line ?? null,
          left: place.left + left,
          top: place.top + top,
        };
        const run = near?.line.runs.length === 1 ? near.line.runs[0]! : null;
        if (hovered.value !== run) hovered.value = run;
      }
    }
    this.over();
  }

  private readings(lines: readonly Line[], left: number) {
    const x = this.u.posToVal(left, "x");
    return readings(lines, x, Math.abs(this.u.posToVal(left + 8, "x") - x));
  }

  /** What lies over the lines: the one under the pointer, and the crosshair's points. */
  private over(): void {
    const ctx = this.overlay.getContext("2d");
    if (ctx === null || this.u === undefined) return;
    const { width, height } = this.overlay;
    ctx.clearRect(0, 0, width, height);
    if (width === 0) return;
    const { lines } = this.props();
    const frame = this.frame(0, 0, width, height);
    const name = hovered.peek();
    const marked = name === null ? undefined : lines.find((line) => line.runs.includes(name));
    if (marked !== undefined && lines.length > 1)
      drawHighlight(ctx, marked, frame, devicePixelRatio, this.variable("--surface"));
    const { left = -10 } = this.u.cursor;
    if (left < 0 || lines.length > MOST_MARKS) return;
    const [px, py] = projections(frame);
    for (const reading of this.readings(lines, left)) {
      ctx.fillStyle = reading.line.colour;
      ctx.globalAlpha = marked === undefined || reading.line === marked ? 1 : 0.4;
      dot(ctx, px(reading.x), py(reading.value), 3 * devicePixelRatio);
    }
    ctx.globalAlpha = 1;
  }

  private variable(name: string): string {
    return this.style.getPropertyValue(name);
  }
}
