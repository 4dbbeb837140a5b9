/** What stands in the cells of the runs table. */
import type { RunRow } from "../data/types";
import { deltaOf } from "../lib/delta";
import { bestOf, createdOf, lastOf } from "../lib/facts";
import { age, duration, number, percent, signed, value as shown } from "../lib/format";
import type { Column } from "../state/columns";
import { runByName } from "../state/runs";
import { baseline } from "../state/view";

const OVERDUE_S = 150;

interface CellProps {
  column: Column;
  run: RunRow;
  now_s: number;
}

export function Cell({ column, run, now_s }: CellProps) {
  switch (column.kind) {
    case "status":
      return <StatusMark run={run} />;
    case "time": {
      const at = createdOf(run);
      return <time title={new Date(at * 1000).toLocaleString()}>{age(now_s - at)}</time>;
    }
    case "duration":
      return <>{duration(column.get(run) as number)}</>;
    case "tags":
      return (
        <>
          {run.tags.map((tag) => (
            <span key={tag} class="gx-tag">
              {tag}
            </span>
          ))}
        </>
      );
    case "metric":
      return <Metric column={column} run={run} />;
    default: {
      const value = column.get(run);
      if (value === null || value === undefined) return <span class="gx-soft">–</span>;
      return <span title={String(value)}>{shown(value)}</span>;
    }
  }
}

function Metric({ column, run }: { column: Column; run: RunRow }) {
  const name = column.title;
  const metric = run.metrics[name];
  if (metric === undefined) return <span class="gx-soft">–</span>;
  const last = lastOf(run, name);
  const base = baseline.value === null ? undefined : runByName.value.get(baseline.value);
  const delta =
    base === undefined || base.name === run.name
      ? null
      : deltaOf(last, lastOf(base, name), column.goal);
  const best = bestOf(run, name);
  const title = `last ${number(last, 6)} at step ${metric.last_step}${
    metric.goal === null ? "" : `, best ${number(best, 6)}`
  }`;
  return (
    <span title={title}>
      {number(metric.last)}
      {delta !== null && (
        <small class={delta.better === null ? "" : delta.better ? "gx-better" : "gx-worse"}>
          {delta.share === null ? signed(last - lastOf(base!, name), 3) : percent(delta.share, true)}
        </small>
      )}
    </span>
  );
}

/** A run's status as a word with a mark of its own. */
export function StatusMark({ run }: { run: RunRow }) {
  const silent = run.status === "running" && (run.stale_s ?? 0) > OVERDUE_S;
  const why =
    run.malformed ??
    (run.error
      ? `${run.error.type}: ${run.error.message}`
      : run.signal
        ? `ended by ${run.signal}`
        : silent
          ? `last news ${age(run.stale_s!)}`
          : undefined);
  const status = run.malformed !== null ? "unreadable" : silent ? "silent" : run.status;
  return (
    <span class="gx-status" data-status={status} title={why}>
      {status}
    </span>
  );
}
