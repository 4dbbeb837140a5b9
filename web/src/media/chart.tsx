/** Charts that a run logged: lines, points, bars, confusion matrices. */
import type { MediaItem } from "../data/types";
import { axisStyle, EChart, type Inks } from "../hyper/echart";
import { number } from "../lib/format";
import { plain } from "../run/ansi";
import { download } from "../run/clipboard";
import { Loaded } from "../run/section";
import { colourAt } from "../state/colours";
import { chartOf, confusionOf, plotlyOf, specOf, type ChartData, type Confusion } from "./chartdata";
import { useFileJson, useFileText } from "./files";
import { readTable } from "./tables";
import { TableItem } from "./tableview";

export function ChartItem({ run, item }: { run: string; item: MediaItem }) {
  const file = useFileJson(run, item.path);
  const spec = specOf(item);
  return (
    <Loaded of={file}>
      {(data) => {
        const table = readTable(data);
        const confusion = spec.kind === "confusion_matrix" ? confusionOf(spec, table) : null;
        if (confusion) return <ConfusionView of={confusion} />;
        const chart = chartOf(spec, table);
        return chart ? <ChartView chart={chart} /> : <TableItem run={run} item={item} />;
      }}
    </Loaded>
  );
}

export function PlotlyItem({ run, item }: { run: string; item: MediaItem }) {
  const file = useFileText(run, item.path);
  return (
    <Loaded of={file}>
      {(text) => {
        const chart = parsed(text);
        return chart ? (
          <ChartView chart={chart} />
        ) : (
          <p class="gp-empty">
            This Plotly chart has parts that are not drawn here.{" "}
            <button
              type="button"
              class="gp-button small"
              onClick={() => download(`${item.key.replaceAll("/", "-")}.plotly.json`, text, "application/json")}
            >
              Download its JSON
            </button>
          </p>
        );
      }}
    </Loaded>
  );
}

function parsed(text: string): ChartData | null {
  try {
    return plotlyOf(JSON.parse(text));
  } catch {
    return null;
  }
}

function ChartView({ chart }: { chart: ChartData }) {
  const named = chart.series.filter((one) => one.name);
  return (
    <div>
      {chart.title && <p class="gp-chart-title">{plain(chart.title)}</p>}
      <EChart
        label={`${plain(chart.title)}: ${chart.series.length} series, ${plain(chart.y)} over ${plain(chart.x)}`}
        height={220}
        version={chart}
        option={(inks) => optionOf(chart, inks)}
        tip={({ seriesIndex, dataIndex }) => {
          const series = chart.series[seriesIndex];
          const point = series?.points[dataIndex];
          if (!series || !point) return null;
          const x = typeof point[0] === "number" ? number(point[0]) : point[0];
          return [plain(series.name || chart.y), `${plain(chart.x)} ${plain(String(x))}`, number(point[1])];
        }}
      />
      {named.length > 1 && (
        <ul class="gp-legend">
          {chart.series.map((one, i) => (
            <li key={i}>
              <i style={{ background: colourAt(i) }} /> {plain(one.name)}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function optionOf(chart: ChartData, inks: Inks): object {
  const axis = { ...axisStyle(inks), nameLocation: "middle" };
  return {
    grid: { left: 56, right: 16, top: 10, bottom: 42 },
    xAxis: chart.categories
      ? { ...axis, type: "category", data: chart.categories, name: chart.x, nameGap: 28 }
      : { ...axis, type: "value", scale: true, name: chart.x, nameGap: 28 },
    yAxis: { ...axis, type: "value", scale: chart.series.every((one) => one.kind !== "bar"), name: chart.y, nameGap: 44 },
    series: chart.series.map((one, i) => ({
      type: one.kind,
      data: one.points.map(([x, y]) => [chart.categories ? String(x) : x, y]),
      itemStyle: { color: colourAt(i) },
      lineStyle: { color: colourAt(i), width: 1.5 },
      symbolSize: one.kind === "line" ? 4 : 7,
      showSymbol: one.points.length < 60,
    })),
  };
}

function ConfusionView({ of }: { of: Confusion }) {
  return (
    <div class="gp-box">
      <table class="gp-table gp-confusion">
        <caption>{plain(of.title)}: rows are actual, columns predicted; shade by share of the row</caption>
        <thead>
          <tr>
            <th scope="col">actual \ predicted</th>
            {of.predicted.map((name) => (
              <th scope="col" class="num" key={name}>
                {plain(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {of.actual.map((name, i) => {
            const total = of.counts[i]!.reduce((a, b) => a + b, 0) || 1;
            return (
              <tr key={name}>
                <th scope="row">{plain(name)}</th>
                {of.counts[i]!.map((count, k) => (
                  <td key={k} class={`num${of.predicted[k] === name ? " same" : ""}`}>
                    <span class="gp-shade" style={{ opacity: Math.sqrt(count / total) * 0.55 }} />
                    <span>{number(count)}</span>
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
