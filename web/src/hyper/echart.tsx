/** An ECharts chart as a component: only the parts that the app draws with are in the bundle. */
import { BarChart, LineChart, ParallelChart, ScatterChart } from "echarts/charts";
import { GridComponent, ParallelComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef, useState } from "preact/hooks";
import { dark } from "../state/theme";

echarts.use([BarChart, LineChart, ParallelChart, ScatterChart, GridComponent, ParallelComponent, CanvasRenderer]);

export interface Inks {
  ink: string;
  soft: string;
  line: string;
  hair: string;
  surface: string;
  mark: string;
}


/** What of a point the pointer is on. */
export interface Pointed {
  seriesIndex: number;
  dataIndex: number;
  x: number; // pixels in the chart
  y: number;
}

interface EChartProps {
  label: string;
  height: number; // pixels
  /** Made anew when `version` or the theme changes. */
  option: (inks: Inks) => object;
  version: unknown;
  on?: Record<string, (event: unknown, chart: echarts.ECharts) => void>;
  /** Words for the pointer's place; null: none. */
  tip?: (at: Pointed) => string[] | null;
  select?: (at: Pointed) => void;
  /** What is done with the chart after each new option. */
  after?: (chart: echarts.ECharts) => void;
}

export function EChart({ label, height, option, version, on, tip, select, after }: EChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const made = useRef<echarts.ECharts | null>(null);
  const [at, setAt] = useState<Pointed | null>(null);
  const latest = useRef({ on, tip, select, after });
  latest.current = { on, tip, select, after };
  const isDark = dark.value;

  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const chart = echarts.init(element, null, { renderer: "canvas" });
    made.current = chart;
    const pointed = (event: unknown): Pointed => {
      const { seriesIndex = 0, dataIndex = 0, event: native } = event as {
        seriesIndex?: number;
        dataIndex?: number;
        event?: { offsetX: number; offsetY: number };
      };
      return { seriesIndex, dataIndex, x: native?.offsetX ?? 0, y: native?.offsetY ?? 0 };
    };
    chart.on("mouseover", (event) => latest.current.tip && setAt(pointed(event)));
    chart.on("mousemove", (event) => latest.current.tip && setAt(pointed(event)));
    chart.on("mouseout", () => setAt(null));
    chart.on("click", (event) => latest.current.select?.(pointed(event)));
    for (const name of Object.keys(latest.current.on ?? {}))
      chart.on(name, (event: unknown) => latest.current.on?.[name]?.(event, chart));
    const observer = new ResizeObserver(() => chart.resize());
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.dispose();
      made.current = null;
    };
  }, []);
  useEffect(() => {
    const chart = made.current;
    const element = box.current;
    if (!chart || !element) return;
    chart.setOption({ animation: false, ...option(inksOf(element)) }, { notMerge: true });
    latest.current.after?.(chart);
    setAt(null);
  }, [version, isDark]);

  const words = at && tip ? tip(at) : null;
  const right = at !== null && box.current !== null && at.x > box.current.clientWidth / 2;
  return (
    <div class="gp-chart" style={{ height: `${height}px` }}>
      <div ref={box} class="gp-chart-box" role="img" aria-label={label} />
      {words && at && (
        <div
          class={`gp-tip${right ? " left" : ""}`}
          style={{ left: `${at.x}px`, top: `${at.y}px` }}
          aria-hidden="true"
        >
          {words.map((word, i) => (i === 0 ? <strong key={i}>{word}</strong> : <span key={i}>{word}</span>))}
        </div>
      )}
    </div>
  );
}

function inksOf(element: Element): Inks {
  const style = getComputedStyle(element);
  const get = (name: string, otherwise: string) => style.getPropertyValue(name).trim() || otherwise;
  return {
    ink: get("--ink", "#1b1f24"),
    soft: get("--soft", "#57606a"),
    line: get("--line", "#dfe3e8"),
    hair: get("--hair", "#ebeef2"),
    surface: get("--surface", "#ffffff"),
    mark: get("--mark", "#3452c4"),
  };
}

/** An axis in the page's inks. */
export function axisStyle(inks: Inks): object {
  return {
    axisLine: { lineStyle: { color: inks.line } },
    axisTick: { lineStyle: { color: inks.line } },
    axisLabel: { color: inks.soft, fontSize: 11, hideOverlap: true },
    nameTextStyle: { color: inks.soft, fontSize: 12 },
    splitLine: { lineStyle: { color: inks.hair } },
  };
}
