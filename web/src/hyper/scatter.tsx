/** Any two columns of the runs against each other, coloured by a third. */
import { useMemo } from "preact/hooks";
import type { RunRow } from "../data/types";
import { duration, number } from "../lib/format";
import { plain } from "../run/ansi";
import { colourAt } from "../state/colours";
import { dark } from "../state/theme";
import { hovered } from "../state/view";
import { coloursOf } from "./colouring";
import { ColourLegend } from "./controls";
import type { Dimension } from "./dimensions";
import { axisStyle, EChart, type Inks } from "./echart";
import { said } from "./parallel";

interface ScatterProps {
  runs: readonly RunRow[];
  x: Dimension;
  y: Dimension;
  colourBy: Dimension | null;
  /** Names of runs that stand out; null: all. */
  picked?: ReadonlySet<string> | null;
  logX?: boolean;
  logY?: boolean;
  height?: number; // pixels
  open?: (run: string) => void;
}

export function Scatter({ runs, x, y, colourBy, picked = null, height = 320, open, ...logs }: ScatterProps) {
  const names = useMemo(() => runs.map((run) => run.name), [runs]);
  const colours = useMemo(() => coloursOf(names, colourBy), [names, colourBy, dark.value]);
  const logX = (logs.logX ?? x.log) && x.numeric;
  const logY = (logs.logY ?? y.log) && y.numeric;
  // Points of the chart → runs: those without both values are not drawn.
  const shown = useMemo(
    () => runs.map((_, i) => i).filter((i) => drawn(x, i, logX) && drawn(y, i, logY)),
    [runs, x, y, logX, logY],
  );
  const version = useMemo(() => ({}), [shown, colours, picked]);
  return (
    <div class="gp-scatter">
      <EChart
        label={`${y.key} against ${x.key}, ${shown.length} runs`}
        height={height}
        version={version}
        option={(inks) => ({
          grid: { left: 66, right: 18, top: 12, bottom: 46 },
          xAxis: axisOf(x, logX, inks, 30),
          yAxis: axisOf(y, logY, inks, 52),
          series: [
            {
              type: "scatter",
              symbolSize: shown.length > 300 ? 6 : 9,
              emphasis: { scale: 1.5 },
              data: shown.map((i) => ({
                value: [placed(x, i), placed(y, i)],
                itemStyle: {
                  color: colours[i],
                  opacity: picked === null || picked.has(names[i]!) ? 0.88 : 0.12,
                  borderColor: inks.surface,
                  borderWidth: 0.6,
                },
              })),
            },
          ],
        })}
        tip={({ dataIndex }) => {
          const i = shown[dataIndex];
          if (i === undefined) return null;
          hovered.value = names[i]!;
          const parts = [x, y, ...(colourBy ? [colourBy] : [])];
          return [plain(names[i]!), ...parts.map((one) => `${plain(one.key)}: ${said(one, i)}`)];
        }}
        {...(open ? { select: ({ dataIndex }: { dataIndex: number }) => open(names[shown[dataIndex] ?? 0] ?? "") } : {})}
      />
      <div class="gp-bar">
        {colourBy && <ColourLegend of={colourBy} colours={colourAt} />}
        <span class="gp-soft gp-push">
          {shown.length} of {runs.length} runs
        </span>
      </div>
    </div>
  );
}

function drawn(of: Dimension, i: number, log: boolean): boolean {
  const value = of.numbers[i]!;
  return Number.isFinite(value) && (!log || value > 0);
}

/** Names get a little sideways room, so that equal ones do not hide each other. */
function placed(of: Dimension, i: number): number {
  return of.numeric ? of.numbers[i]! : of.numbers[i]! + (((i * 0.618034) % 1) - 0.5) * 0.3;
}

function axisOf(of: Dimension, log: boolean, inks: Inks, gap: number): object {
  const format = (value: number) => {
    if (of.numeric) return of.key === "duration_s" ? duration(value) : number(value, 3);
    return Number.isInteger(value) ? plain(of.names[value] ?? "") : "";
  };
  const style = axisStyle(inks) as { axisLabel: object };
  return {
    ...style,
    axisLabel: { ...style.axisLabel, formatter: format },
    type: log ? "log" : "value",
    name: plain(of.key),
    nameLocation: "middle",
    nameGap: gap,
    scale: true,
    ...(of.numeric ? {} : { min: -0.5, max: of.names.length - 0.5, interval: 1 }),
  };
}
