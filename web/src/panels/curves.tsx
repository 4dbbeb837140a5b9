/** Curves of an article: a line for each run, or mean and band of each group. */
import { useMemo } from "preact/hooks";
import { RunLegend } from "../compare/curves";
import { CurvePanel } from "../curves/panel";
import type { RunRow } from "../data/types";
import { plural } from "../lib/format";
import { plain } from "../run/ansi";
import { headline } from "../run/headline";
import { byValue } from "../lib/order";
import { colourAt } from "../state/colours";
import { GROUP_FACTS, groupLabel, type Group } from "../state/groups";
import type { PartProps } from "./panel";

const HEIGHT = 300; // pixels
const MOST = 4; // metrics, where none is named
const LEGEND = 16; // runs, up to which they are named

export function CurvesPart({ spec, runs }: PartProps) {
  const names = useMemo(() => runs.map((run) => run.name), [runs]);
  const groups = useMemo(() => (spec.group ? groupsOf(runs, spec.group) : null), [runs, spec.group]);
  const metrics = spec.metrics?.length ? spec.metrics : telling(runs).slice(0, MOST);
  if (!metrics.length) return <p class="gp-empty">These runs have no metrics.</p>;
  return (
    <>
      <div class="gp-cards">
        {metrics.map((metric) => (
          <CurvePanel
            key={metric}
            metric={metric}
            runs={names}
            sync={`panel ${names.join(" ")}`}
            height={spec.height ?? (metrics.length > 1 ? 220 : HEIGHT)}
            {...(groups ? { groups } : {})}
            {...(spec.smoothing === undefined ? {} : { smoothing: spec.smoothing })}
            {...(spec.log === undefined ? {} : { logY: spec.log })}
            axis={axisOf(spec.x ?? "step")}
          />
        ))}
      </div>
      {groups ? (
        <GroupLegend by={spec.group!} groups={groups} />
      ) : names.length <= LEGEND ? (
        <RunLegend names={names} />
      ) : (
        <p class="gp-soft">{plural(names.length, "run")}</p>
      )}
    </>
  );
}

function axisOf(x: string) {
  return x === "step" || x === "time" || x === "relative" ? x : { metric: x };
}

function telling(runs: readonly RunRow[]): string[] {
  return headline({ metrics: Object.assign({}, ...runs.map((run) => run.metrics)) });
}

/** Runs by the value of a config key or a fact, in the order of the values. */
export function groupsOf(runs: readonly RunRow[], by: string): Group[] {
  const fact = (GROUP_FACTS as readonly string[]).includes(by);
  const key = fact || by.startsWith("config.") ? by : `config.${by}`;
  const found = new Map<string, RunRow[]>();
  for (const run of runs) {
    const label = groupLabel(run, key);
    const members = found.get(label);
    if (members) members.push(run);
    else found.set(label, [run]);
  }
  const sorted = [...found].sort(([a], [b]) => byValue(a, b));
  return sorted.map(([label, members], place) => ({ label, runs: members, place }));
}

function GroupLegend({ by, groups }: { by: string; groups: readonly Group[] }) {
  return (
    <ul class="gp-legend" aria-label={`Groups by ${by}`}>
      {groups.map(({ label, runs, place }) => (
        <li key={label}>
          <i style={{ background: colourAt(place) }} /> {plain(by.replace(/^config\./, ""))} {plain(label)}{" "}
          <span class="gp-soft">({runs.length})</span>
        </li>
      ))}
    </ul>
  );
}
