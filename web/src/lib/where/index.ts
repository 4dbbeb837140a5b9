/** The `--where` language on the page: the same answers as `gitexp ls --where`. */
import type { RunRow } from "../../data/types";
import { Compiler, truth } from "./evaluate";
import { namesIn, typeName } from "./fields";
import { parse } from "./parse";
import { WhereError } from "./tokens";

export { WhereError } from "./tokens";
export type Where = (run: RunRow) => boolean;

/**
 * Read a condition on runs.
 *
 * @param runs all runs: a name that none of them knows is a typing error.
 * @param now_s what `created > "2 days ago"` counts from.
 * @throws WhereError
 */
export function compileWhere(
  text: string,
  runs: readonly RunRow[],
  now_s = Date.now() / 1000,
): Where {
  const compiler = new Compiler(now_s);
  const value = compiler.compile(parse(text.replace(/[\n\r\t]/g, " ")));
  for (const { path, column, field } of compiler.names) {
    if (runs.length === 0 || runs.some((run) => field.known(run))) continue;
    const rooted = ["config", "metric", "metrics", "summary"].includes(String(path[0]));
    const wanted = (rooted ? path.slice(1) : path).join(".");
    const near = nearNames(wanted, runs);
    throw new WhereError(
      `no run has anything named '${path.join(".")}'`,
      column,
      near.length > 0 ? `did you mean ${near.map(typeName).join(" or ")}?` : null,
    );
  }
  return (run) => truth(value(run));
}

/** Names of runs that one may have meant: with the word in them, else spelled nearly so. */
function nearNames(wanted: string, runs: readonly RunRow[]): string[] {
  const known = [...new Set(runs.slice(0, 2000).flatMap(namesIn))];
  const within = known.filter((key) => key.split(/[^\p{L}\p{N}]+/u).includes(wanted));
  if (within.length > 0) return within.slice(0, 3);
  return known
    .map((key) => ({ key, distance: distance(wanted, key) }))
    .filter((entry) => entry.distance <= Math.max(1, wanted.length * 0.4))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map((entry) => entry.key);
}

/** Letters to add, drop or replace (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let k = 1; k <= b.length; k++)
      next[k] = Math.min(
        next[k - 1]! + 1,
        row[k]! + 1,
        row[k - 1]! + (a[i - 1] === b[k - 1] ? 0 : 1),
      );
    row = next;
  }
  return row[b.length]!;
}
