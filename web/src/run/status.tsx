/** How a run stands, by word, sign and colour. */
import type { RunRow } from "../data/types";
import { age } from "../lib/format";
import { outcome, sign } from "./words";

export function Status({ run }: { run: RunRow }) {
  const silent = run.status === "running" && run.stale_s !== null && run.stale_s > 0;
  return (
    <span class="gp-status" data-status={run.status}>
      <span aria-hidden="true">{sign(run.status)}</span> {outcome(run)}
      {silent && `, last news ${age(run.stale_s!)}`}
    </span>
  );
}
