/** One tensor's distribution over the steps as a heatmap, and at one step as bars. */
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { HistogramSeries } from "../data/types";
import { number } from "../lib/format";
import { dark } from "../state/theme";
import { columnEnds, densities, edgesAt, sampleAt, valueRange } from "./histogram";

const ROWS = 64;
// From few to many, the surface's colour first: light and dark.
const SCALES: Record<"light" | "dark", [number, number, number][]> = {
  light: [[255, 255, 255], [214, 224, 250], [127, 155, 230], [52, 82, 196], [28, 36, 110]],
  dark: [[13, 17, 23], [24, 44, 82], [46, 94, 170], [106, 168, 255], [225, 238, 255]],
}; // prettier-ignore

interface HeatmapProps {
  series: HistogramSeries;
  label: string;
  step: number;
  /** The reader points at a step. */
  point?: (step: number) => void;
  height?: number; // pixels
}

export function Heatmap({ series, label, step, point, height = 130 }: HeatmapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const range = useMemo(() => valueRange(series), [series]);
  const image = useMemo(
    () => (range ? densities(series, range, ROWS) : null),
    [series, range],
  );
  const ends = useMemo(() => columnEnds(series.steps), [series]);
  const isDark = dark.value;
  const i = sampleAt(series.steps, step);
  useEffect(() => {
    const element = canvas.current;
    if (!element || !image) return undefined;
    const paint = () => draw(element, image, ends, isDark);
    paint();
    if (typeof ResizeObserver === "undefined") return undefined;
    const observer = new ResizeObserver(paint);
    observer.observe(element);
    return () => observer.disconnect();
  }, [image, ends, isDark]);
  if (!range) return <p class="gp-empty">The tensor was never finite.</p>;
  const middle = ((ends[i]! + ends[i + 1]!) / 2) * 100;
  return (
    <div class="gp-heatmap">
      <div class="gp-heatmap-scale" aria-hidden="true">
        <span>{number(range[1], 3)}</span>
        <span>{number(range[0], 3)}</span>
      </div>
      <div
        class="gp-heatmap-box"
        style={{ height: `${height}px` }}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const share = (event.clientX - box.left) / box.width;
          const at = ends.findIndex((end) => end > share) - 1;
          const to = series.steps[Math.max(0, Math.min(series.steps.length - 1, at))];
          if (to !== undefined) point?.(to);
        }}
      >
        <canvas
          ref={canvas}
          role="img"
          aria-label={`${label}: distribution from step ${series.steps[0]} to ${series.steps[series.steps.length - 1]}, values from ${number(range[0], 3)} to ${number(range[1], 3)}`}
        />
        <i class="gp-heatmap-at" style={{ left: `${middle}%` }} />
      </div>
      <div class="gp-heatmap-steps gp-soft" aria-hidden="true">
        <span>{series.steps[0]}</span>
        <span>step</span>
        <span>{series.steps[series.steps.length - 1]}</span>
      </div>
    </div>
  );
}

function draw(canvas: HTMLCanvasElement, image: Float32Array, ends: number[], isDark: boolean): void {
  const ratio = Math.min(2, devicePixelRatio || 1);
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  const context = canvas.getContext("2d");
  if (!context || !width || !height) return;
  canvas.width = width;
  canvas.height = height;
  const scale = SCALES[isDark ? "dark" : "light"];
  const pixels = context.createImageData(width, height);
  const n = ends.length - 1;
  let column = 0;
  for (let x = 0; x < width; x += 1) {
    while (column < n - 1 && ends[column + 1]! <= (x + 0.5) / width) column += 1;
    for (let y = 0; y < height; y += 1) {
      const row = Math.min(ROWS - 1, Math.floor((1 - (y + 0.5) / height) * ROWS));
      const [r, g, b] = shade(scale, image[column * ROWS + row]!, isDark);
      const at = 4 * (y * width + x);
      pixels.data[at] = r;
      pixels.data[at + 1] = g;
      pixels.data[at + 2] = b;
      pixels.data[at + 3] = 255;
    }
  }
  context.putImageData(pixels, 0, 0);
}

function shade(scale: [number, number, number][], density: number, isDark: boolean) {
  if (Number.isNaN(density)) return isDark ? ([90, 30, 30] as const) : ([250, 205, 200] as const);
  const place = Math.sqrt(density) * (scale.length - 1);
  const low = Math.min(scale.length - 2, Math.floor(place));
  const share = place - low;
  const [a, b] = [scale[low]!, scale[low + 1]!];
  return [0, 1, 2].map((k) => a[k]! + (b[k]! - a[k]!) * share) as [number, number, number];
}

/** The distribution at one step. */
export function Bars({ series, step, label }: { series: HistogramSeries; step: number; label: string }) {
  const i = sampleAt(series.steps, step);
  const edges = edgesAt(series, i);
  const counts = series.counts[i] ?? [];
  if (!edges) return <p class="gp-empty">Not finite at this step.</p>;
  const heights = counts.map((count, k) => count / (edges[k + 1]! - edges[k]! || 1));
  const most = Math.max(...heights, 1e-300);
  const [low, high] = [edges[0]!, edges[edges.length - 1]!];
  const span = high - low || 1;
  return (
    <div class="gp-bars">
      <svg viewBox="0 0 100 60" preserveAspectRatio="none" role="img" aria-label={`${label} at step ${series.steps[i]}`}>
        {heights.map((height, k) => (
          <rect
            key={k}
            x={(100 * (edges[k]! - low)) / span}
            width={Math.max(0.3, (100 * (edges[k + 1]! - edges[k]!)) / span - 0.2)}
            y={60 - (60 * height) / most}
            height={(60 * height) / most}
          >
            <title>{`${number(edges[k], 3)} to ${number(edges[k + 1], 3)}: ${counts[k]}`}</title>
          </rect>
        ))}
      </svg>
      <div class="gp-heatmap-steps gp-soft" aria-hidden="true">
        <span>{number(low, 3)}</span>
        <span>step {series.steps[i]}</span>
        <span>{number(high, 3)}</span>
      </div>
    </div>
  );
}
