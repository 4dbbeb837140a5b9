/** The curves of one run. */
import type { RunRow } from "../data/types";

export function RunCurves({ run }: { run: RunRow }) {
  return <p class="gp-empty">{Object.keys(run.metrics).length} metrics</p>;
}
