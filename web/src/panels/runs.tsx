/** A table of an article's runs: what its author named, else what they differ in. */
import { useMemo, useState } from "preact/hooks";
import { duration, plural } from "../lib/format";
import { durationOf } from "../lib/facts";
import { colour } from "../state/colours";
import { links } from "../state/route";
import { compare } from "../media/tables";
import { plain } from "../run/ansi";
import { headline } from "../run/headline";
import { Status } from "../run/status";
import { configDimension, dimensionNamed, idOf, metricDimension, type Dimension } from "../hyper/dimensions";
import { said } from "../hyper/scale";
import { differingKeys } from "../lib/facts";
import type { PartProps } from "./panel";

const FIRST = 20; // rows at first
const MOST_KEYS = 6;
const MOST_METRICS = 3;

export function RunsPanel({ spec, runs }: PartProps) {
  const [sort, setSort] = useState<{ id: string; up: boolean } | null>(null);
  const [all, setAll] = useState(false);
  const columns = useMemo(() => {
    const keys = spec.keys ? spec.keys.map((key) => dimensionNamed(runs, key)) : differingKeys(runs).slice(0, MOST_KEYS).map((key) => configDimension(runs, key));
    const metrics = spec.metrics ?? headline({ metrics: Object.assign({}, ...runs.map((run) => run.metrics)) }).slice(0, MOST_METRICS);
    return [...keys, ...metrics.map((key) => metricDimension(runs, key))];
  }, [spec, runs]);
  const order = useMemo(() => {
    const rows = runs.map((_, i) => i);
    const by = columns.find((one) => idOf(one) === sort?.id);
    if (!by || !sort) return rows;
    const value = (i: number) => (by.numeric ? by.numbers[i]! : by.texts[i]!);
    const missing = (i: number) => (by.texts[i] === "" ? 1 : 0);
    return rows.sort((a, b) => missing(a) - missing(b) || (sort.up ? 1 : -1) * compare(value(a), value(b)));
  }, [runs, columns, sort]);
  const best = columns.map(bestOf);
  return (
    <>
      <div class="gp-box" role="region" aria-label={spec.title ?? "Runs"} tabIndex={0}>
        <table class="gp-table gp-differing">
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col">Status</th>
              {columns.map((one) => (
                <th
                  key={idOf(one)}
                  scope="col"
                  class={one.numeric ? "num" : undefined}
                  aria-sort={sort?.id === idOf(one) ? (sort.up ? "ascending" : "descending") : undefined}
                >
                  <button
                    type="button"
                    class="gp-sort"
                    onClick={() => setSort({ id: idOf(one), up: sort?.id === idOf(one) ? !sort.up : one.goal !== "higher" })}
                  >
                    {plain(one.key)}
                    {sort?.id === idOf(one) ? (sort.up ? " ▲" : " ▼") : ""}
                  </button>
                </th>
              ))}
              <th scope="col" class="num">
                Took
              </th>
            </tr>
          </thead>
          <tbody>
            {order.slice(0, all ? undefined : FIRST).map((i) => {
              const run = runs[i]!;
              return (
                <tr key={run.id}>
                  <th scope="row">
                    <i class="gp-swatch" style={{ background: colour(run.name) }} />
                    <a href={links.run(run.name)}>{plain(run.name)}</a>
                  </th>
                  <td>
                    <Status run={run} />
                  </td>
                  {columns.map((one, k) => (
                    <td key={idOf(one)} class={`${one.numeric ? "num" : ""}${best[k] === one.numbers[i] ? " best" : ""}`}>
                      {said(one, i)}
                    </td>
                  ))}
                  <td class="num">{duration(durationOf(run))}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {!all && order.length > FIRST && (
        <button type="button" class="gp-button" onClick={() => setAll(true)}>
          Show all {plural(order.length, "run")}
        </button>
      )}
    </>
  );
}

/** The best number of a metric; null where there is no better and worse. */
function bestOf({ goal, numbers }: Dimension): number | null {
  const finite = numbers.filter(Number.isFinite);
  if (goal === null || finite.length < 2) return null;
  return finite.reduce((a, b) => (a < b === (goal === "lower") ? a : b));
}
