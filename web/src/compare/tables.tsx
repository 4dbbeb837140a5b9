/** Differences of runs as tables with a column for each run. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { MetricDelta, RunDiff, ValueDelta } from "../data/types";
import { bytes, percent, plural, signed } from "../lib/format";
import { colour } from "../state/colours";
import { plain } from "../run/ansi";
import { literal } from "../run/config";
import { GoalArrow } from "../run/metrics";
import { hardwareName, hardwareValue, scaled } from "../run/words";
import { changeOf, distinct, winners, type MetricChange } from "./difference";

const MOST = 100; // rows at first

interface RowsProps<T> {
  label: string;
  names: readonly string[];
  first: string;
  rows: readonly T[];
  row: (row: T) => ComponentChildren;
}

/** A table with a heading for each run, its first rows at first. */
function RunTable<T>({ label, names, first, rows, row }: RowsProps<T>) {
  const [all, setAll] = useState(false);
  return (
    <>
      <div class="gp-box gp-tall" role="region" aria-label={label} tabIndex={0}>
        <table class="gp-table gp-side">
          <thead>
            <tr>
              <th scope="col">{first}</th>
              {names.map((name, i) => (
                <th scope="col" key={name}>
                  <i class="gp-swatch" style={{ background: colour(name) }} />
                  {plain(name)}
                  {i === 0 && <span class="gp-soft"> baseline</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>{rows.slice(0, all ? undefined : MOST).map(row)}</tbody>
        </table>
      </div>
      {!all && rows.length > MOST && (
        <button type="button" class="gp-button" onClick={() => setAll(true)}>
          Show all {plural(rows.length, "row")}
        </button>
      )}
    </>
  );
}

interface ValuesProps {
  names: readonly string[];
  rows: readonly ValueDelta[];
  label: string;
  /** What is said where nothing differs. */
  same: string;
  hardware?: boolean;
}

export function ValuesTable({ names, rows, label, same, hardware = false }: ValuesProps) {
  if (!rows.length) return <p class="gp-empty">{same}</p>;
  return (
    <RunTable
      label={label}
      names={names}
      first={hardware ? "Figure" : "Key"}
      rows={rows}
      row={({ key, values }) => (
        <tr key={key}>
          <th scope="row">{hardware ? hardwareTitle(key) : <code>{plain(key)}</code>}</th>
          {names.map((name, i) => {
            const value = values[i];
            const other = i > 0 && JSON.stringify(value) !== JSON.stringify(values[0]);
            return (
              <td key={name} class={`gp-side-value${other && !hardware ? " other" : ""}`}>
                {value === null || value === undefined ? (
                  <span class="gp-soft">none</span>
                ) : hardware ? (
                  hardwareWords(key, value)
                ) : (
                  literal(value)
                )}
              </td>
            );
          })}
        </tr>
      )}
    />
  );
}

/** `peak.memory.used_bytes` → `Memory used, peak`. */
function hardwareTitle(key: string): string {
  if (key === "co2_g") return "CO₂";
  const [, kind, rest] = /^(mean|peak)\.(.*)$/.exec(key) ?? [];
  return rest ? `${hardwareName(rest)}, ${kind}` : hardwareName(key);
}

function hardwareWords(key: string, value: unknown): string {
  if (key === "co2_g" && typeof value === "number") return scaled(value, "g");
  return hardwareValue(key.replace(/^(mean|peak)\./, ""), value);
}

export function MetricsTable({ names, metrics }: { names: readonly string[]; metrics: readonly MetricDelta[] }) {
  const [which, setWhich] = useState<"last" | "best">("last");
  if (!metrics.length) return <p class="gp-empty">None of them has a metric.</p>;
  return (
    <>
      <div class="gp-bar">
        <div class="gp-tabs" role="group" aria-label="Which value">
          <button type="button" aria-pressed={which === "last"} onClick={() => setWhich("last")}>
            Last value
          </button>
          <button type="button" aria-pressed={which === "best"} onClick={() => setWhich("best")}>
            Best value
          </button>
        </div>
      </div>
      <RunTable
        label="Metrics side by side"
        names={names}
        first="Metric"
        rows={which === "best" ? metrics.filter((metric) => metric.goal) : metrics}
        row={(metric) => {
          const shown = which === "best" ? { ...metric, last: metric.best } : metric;
          const won = winners({ ...metric, best: shown.last });
          const words = distinct(shown.last);
          return (
            <tr key={metric.key}>
              <th scope="row">
                <code>{plain(metric.key)}</code> <GoalArrow goal={metric.goal} />
              </th>
              {names.map((name, i) => (
                <td key={name} class={won[i] ? "best" : undefined}>
                  <span class="gp-metric">
                    {words[i]}
                    {won[i] && <span class="gp-word">best</span>}
                    {i > 0 && <Change change={changeOf(shown, i)} />}
                  </span>
                  {which === "best" && metric.best_step[i] !== null && metric.best_step[i] !== undefined && (
                    <span class="gp-soft"> at step {metric.best_step[i]}</span>
                  )}
                </td>
              ))}
            </tr>
          );
        }}
      />
    </>
  );
}

function Change({ change }: { change: MetricChange | null }) {
  if (!change) return null;
  if (change.delta === 0) return <span class="gp-soft">same</span>;
  const words =
    change.pct === null || !Number.isFinite(change.pct) ? signed(change.delta) : percent(change.pct, true);
  const verdict = change.better === null ? "" : change.better ? " better" : " worse";
  return (
    <span class={change.better === null ? "gp-soft" : change.better ? "gp-good" : "gp-bad"} title={signed(change.delta, 6)}>
      {words}
      {verdict}
    </span>
  );
}

interface CheckpointsProps {
  names: readonly string[];
  checkpoints: RunDiff["checkpoints"];
}

export function CheckpointsTable({ names, checkpoints }: CheckpointsProps) {
  if (!checkpoints.length) return <p class="gp-empty">None of them saved a checkpoint.</p>;
  return (
    <RunTable
      label="Checkpoints side by side"
      names={names}
      first="Label"
      rows={checkpoints}
      row={({ label, bytes: sizes, tensors, trees }) => (
        <tr key={label}>
          <th scope="row">{plain(label)}</th>
          {names.map((name, i) => {
            const size = sizes[i];
            if (size === null || size === undefined)
              return (
                <td key={name} class="gp-soft">
                  none
                </td>
              );
            const known = i > 0 && trees[i] && trees[0];
            return (
              <td key={name}>
                {bytes(size)}
                {tensors[i] !== null && tensors[i] !== undefined && (
                  <span class="gp-soft"> {plural(tensors[i]!, "tensor")}</span>
                )}
                {known && (
                  <span class={trees[i] === trees[0] ? "gp-good" : "gp-soft"}>
                    {trees[i] === trees[0] ? " same bit for bit" : " other tensors"}
                  </span>
                )}
              </td>
            );
          })}
        </tr>
      )}
    />
  );
}

