/** The runs with only those config keys in which they differ, and a metric. */
import { useMemo, useState } from "preact/hooks";
import type { RunRow } from "../data/types";
import { colour } from "../state/colours";
import { links } from "../state/route";
import { hovered } from "../state/view";
import { plain } from "../run/ansi";
import { compare } from "../media/tables";
import { idOf, varies, type Dimension } from "./dimensions";
import { said } from "./scale";

const FIRST = 100; // rows at first
const MOST_KEYS = 60;

interface DifferingProps {
  runs: readonly RunRow[];
  dimensions: readonly Dimension[];
  metric: Dimension | null;
  picked?: ReadonlySet<string> | null;
}

export function Differing({ runs, dimensions, metric, picked = null }: DifferingProps) {
  const [sort, setSort] = useState<{ id: string; up: boolean } | null>(null);
  const [all, setAll] = useState(false);
  const columns = useMemo(
    () => [...dimensions.filter((one) => one.kind === "config" && (varies(one) || one.texts.includes(""))).slice(0, MOST_KEYS), ...(metric ? [metric] : [])],
    [dimensions, metric],
  );
  const order = useMemo(() => {
    const rows = runs.map((_, i) => i).filter((i) => picked === null || picked.has(runs[i]!.name));
    const by = columns.find((one) => idOf(one) === sort?.id);
    if (!by || !sort) return rows;
    const value = (i: number) => (by.numeric ? by.numbers[i]! : by.texts[i]!);
    const missing = (i: number) => (by.texts[i] === "" ? 1 : 0);
    return rows.sort((a, b) => missing(a) - missing(b) || (sort.up ? 1 : -1) * compare(value(a), value(b)));
  }, [runs, columns, sort, picked]);
  if (columns.length <= (metric ? 1 : 0)) return <p class="gp-empty">All runs have the same config.</p>;
  return (
    <>
      <div class="gp-box gp-tall" role="region" aria-label="Config keys that differ" tabIndex={0}>
        <table class="gp-table gp-differing">
          <thead>
            <tr>
              <th scope="col">Run</th>
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
            </tr>
          </thead>
          <tbody>
            {order.slice(0, all ? undefined : FIRST).map((i) => {
              const { name } = runs[i]!;
              return (
                <tr
                  key={name}
                  class={hovered.value === name ? "hovered" : undefined}
                  onMouseEnter={() => (hovered.value = name)}
                  onMouseLeave={() => (hovered.value = null)}
                >
                  <th scope="row">
                    <i class="gp-swatch" style={{ background: colour(name) }} />
                    <a href={links.run(name)}>{plain(name)}</a>
                  </th>
                  {columns.map((one) => (
                    <td key={idOf(one)} class={one.numeric ? "num" : undefined}>
                      {said(one, i)}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {!all && order.length > FIRST && (
        <button type="button" class="gp-button" onClick={() => setAll(true)}>
          Show all {order.length} runs
        </button>
      )}
    </>
  );
}
