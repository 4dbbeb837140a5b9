/** Correlation of each hyperparameter with a metric, as numbers and bars. */
import { useMemo } from "preact/hooks";
import { plain } from "../run/ansi";
import { correlations, type Correlation } from "./correlations";
import type { Dimension } from "./dimensions";

const MOST = 40; // keys

interface CorrelationProps {
  dimensions: readonly Dimension[];
  metric: Dimension;
  choose: (key: string) => void;
}

export function Correlations({ dimensions, metric, choose }: CorrelationProps) {
  const rows = useMemo(() => correlations(dimensions, metric), [dimensions, metric]);
  if (!rows.length) return <p class="gp-empty">All runs have the same config.</p>;
  return (
    <div class="gp-box gp-tall" role="region" aria-label={`Correlations with ${metric.key}`} tabIndex={0}>
      <table class="gp-table gp-correlations">
        <thead>
          <tr>
            <th scope="col">Key</th>
            <th scope="col">Pearson</th>
            <th scope="col">Spearman</th>
            <th scope="col" class="num">Runs</th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, MOST).map((row) => (
            <tr key={row.key}>
              <th scope="row">
                <button type="button" class="gp-sort" title="Show it in the scatter plot" onClick={() => choose(row.key)}>
                  {plain(row.key)}
                </button>
              </th>
              <Cells row={row} />
              <td class="num gp-soft">{row.n}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="gp-soft gp-tight gp-inset">
        From −1 to 1. Keys of names have the correlation ratio η, from 0 to 1, in place of both. A dash:
        fewer than three runs, or nothing varies.
      </p>
    </div>
  );
}

function Cells({ row }: { row: Correlation }) {
  if (!row.numeric)
    return (
      <td colSpan={2}>
        <Bar value={row.eta} sign="η " />
      </td>
    );
  return (
    <>
      <td>
        <Bar value={row.pearson} />
      </td>
      <td>
        <Bar value={row.spearman} />
      </td>
    </>
  );
}

function Bar({ value, sign = "" }: { value: number | null; sign?: string }) {
  if (value === null) return <span class="gp-soft">–</span>;
  const half = Math.abs(value) * 50;
  return (
    <span class="gp-correlation">
      <i class={value < 0 ? "minus" : undefined} style={{ left: `${value < 0 ? 50 - half : 50}%`, width: `${half}%` }} />
      <span>
        {sign}
        {value < 0 ? "−" : value > 0 ? "+" : ""}
        {Math.abs(value).toFixed(2)}
      </span>
    </span>
  );
}
