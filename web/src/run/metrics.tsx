/** What a run's metrics came to, and what else its summary holds. */
import { useState } from "preact/hooks";
import type { MetricSummary, RunRow } from "../data/types";
import { number } from "../lib/format";
import { bestOf } from "../lib/facts";
import { plain } from "./ansi";
import { literal } from "./config";
import { headline } from "./headline";

const MANY = 30;

export const ARROWS = { lower: "↓", higher: "↑" } as const;

export function GoalArrow({ goal }: { goal: MetricSummary["goal"] }) {
  return goal ? (
    <span class="gp-soft" title={`${goal} is better`}>
      <span aria-hidden="true">{ARROWS[goal]}</span>
      <span class="gp-unseen">({goal} is better)</span>
    </span>
  ) : null;
}

/** The figures that the run is judged by, large. */
export function Tiles({ run }: { run: RunRow }) {
  const keys = headline(run).slice(0, 6);
  if (!keys.length) return null;
  return (
    <dl class="gp-tiles">
      {keys.map((key) => {
        const metric = run.metrics[key]!;
        const best = metric.goal && metric.last !== bestOf(run, key);
        return (
          <div key={key}>
            <dt title={plain(key)}>
              {plain(key)} <GoalArrow goal={metric.goal} />
            </dt>
            <dd>{number(metric.last)}</dd>
            <dd class="gp-soft">
              {best
                ? `best ${number(bestOf(run, key))} at step ${metric.goal === "lower" ? metric.min_step : metric.max_step}`
                : `at step ${metric.last_step}`}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

export function MetricsTable({ run }: { run: RunRow }) {
  const [search, setSearch] = useState("");
  const [all, setAll] = useState(false);
  const needle = search.trim().toLowerCase();
  const keys = headline(run, true).filter((key) => key.toLowerCase().includes(needle));
  const shown = all || needle ? keys : keys.slice(0, MANY);
  if (!Object.keys(run.metrics).length) return <p class="gp-empty">No metrics were logged.</p>;
  return (
    <>
      {Object.keys(run.metrics).length > MANY && (
        <div class="gp-bar">
          <input
            type="search"
            class="gp-search"
            placeholder="Search metrics"
            aria-label="Search metrics"
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </div>
      )}
      <div class="gp-box" role="region" aria-label="Metrics" tabIndex={0}>
        <table class="gp-table">
          <thead>
            <tr>
              <th scope="col">Metric</th>
              {["Last", "Best", "At step", "Lowest", "Highest", "Points"].map((head) => (
                <th scope="col" class="num" key={head}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((key) => {
              const metric = run.metrics[key]!;
              const best = metric.goal === "lower" ? metric.min_step : metric.max_step;
              return (
                <tr key={key}>
                  <th scope="row">
                    <code>{plain(key)}</code> <GoalArrow goal={metric.goal} />
                  </th>
                  <td class="num">{number(metric.last)}</td>
                  <td class="num best">{metric.goal ? number(bestOf(run, key)) : ""}</td>
                  <td class="num">{metric.goal ? best : ""}</td>
                  <td class="num gp-soft">{number(metric.min)}</td>
                  <td class="num gp-soft">{number(metric.max)}</td>
                  <td class="num gp-soft">{metric.count.toLocaleString("en")}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {shown.length < keys.length && (
        <button type="button" class="gp-button" onClick={() => setAll(true)}>
          Show all {keys.length} metrics
        </button>
      )}
    </>
  );
}

/** What the user set in the summary, beside the metrics. */
export function SummaryTable({ run }: { run: RunRow }) {
  const rows = Object.entries(run.summary).filter(([key]) => !(key in run.metrics));
  if (!rows.length) return null;
  return (
    <>
      <h3>Summary</h3>
      <div class="gp-box">
        <table class="gp-table gp-pairs">
          <tbody>
            {rows.slice(0, 1000).map(([key, value]) => (
              <tr key={key}>
                <th scope="row">{plain(key)}</th>
                <td>{literal(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
