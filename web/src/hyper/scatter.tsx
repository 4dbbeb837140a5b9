/** Any two columns of the runs against each other, coloured by a third. */
import { useMemo } from "preact/hooks";
import type { RunRow } from "../data/types";
import { plain } from "../run/ansi";
import { colourAt } from "../state/colours";
import { dark } from "../state/theme";
import { hovered } from "../state/view";
import { coloursOf } from "./colouring";
import { ColourLegend } from "./controls";
import type { Dimension } from "./dimensions";
import { axisStyle, EChart, type Inks } from "./echart";
import { placeWords, said, scaleOf, toScale } from "./scale";

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
                value: [placed(x, i, logX), placed(y, i, logY)],
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
function placed(of: Dimension, i: number, log: boolean): number {
  return of.numeric ? toScale(log, of.numbers[i]!) : of.numbers[i]! + (((i * 0.618034) % 1) - 0.5) * 0.3;
}

function axisOf(of: Dimension, log: boolean, inks: Inks, gap: number): object {
  const style = axisStyle(inks) as { axisLabel: object; axisTick: object };
  const scale = scaleOf(of, log, 0.05);
  return {
    ...style,
    axisTick: { ...style.axisTick, customValues: scale.ticks },
    axisLabel: {
      ...style.axisLabel,
      customValues: scale.ticks,
      formatter: (place: number) => placeWords(of, scale, place),
    },
    splitLine: { show: false },
    type: "value",
    min: scale.low,
    max: scale.high,
    name: plain(of.key) + (log ? " (log)" : ""),
    nameLocation: "middle",
    nameGap: gap,
  };
}
