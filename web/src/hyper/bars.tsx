/** A metric by the values of a config key: mean, spread and ends of each group of runs. */
import { useMemo } from "preact/hooks";
import { number, plural } from "../lib/format";
import { plain } from "../run/ansi";
import { colourAt } from "../state/colours";
import { groupsBy } from "./groups";
import type { Dimension } from "./dimensions";

const MOST = 40; // groups

export function GroupBars({ by, metric }: { by: Dimension; metric: Dimension }) {
  const groups = useMemo(() => groupsBy(by, metric), [by, metric]);
  if (!groups.length) return <p class="gp-empty">No run has both.</p>;
  const low = groups.reduce((least, { spread }) => Math.min(least, spread.min), 0);
  const high = groups.reduce((most, { spread }) => Math.max(most, spread.max), 0);
  const share = (value: number) => (100 * (value - low)) / (high - low || 1);
  return (
    <div class="gp-box" role="region" aria-label={`${metric.key} by ${by.key}`} tabIndex={0}>
      <table class="gp-table gp-groups">
        <thead>
          <tr>
            <th scope="col">{plain(by.key)}</th>
            <th scope="col">
              {plain(metric.key)}: mean, lowest to highest
            </th>
            <th scope="col" class="num">Mean</th>
            <th scope="col" class="num">±</th>
            <th scope="col" class="num">Runs</th>
          </tr>
        </thead>
        <tbody>
          {groups.slice(0, MOST).map(({ name, spread }, i) => (
            <tr key={name}>
              <th scope="row">{by.numeric ? number(Number(name)) : plain(name)}</th>
              <td class="gp-group-bar" aria-hidden="true">
                <i style={{ left: `${share(Math.min(0, spread.mean))}%`, width: `${Math.abs(share(spread.mean) - share(0))}%`, background: colourAt(i) }} />
                <b style={{ left: `${share(spread.min)}%`, width: `${share(spread.max) - share(spread.min)}%` }} />
              </td>
              <td class="num">{number(spread.mean)}</td>
              <td class="num gp-soft">{spread.n > 1 ? number(spread.deviation, 2) : ""}</td>
              <td class="num gp-soft">{spread.n}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {groups.length > MOST && <p class="gp-soft gp-tight">and {plural(groups.length - MOST, "more group")}</p>}
    </div>
  );
}
