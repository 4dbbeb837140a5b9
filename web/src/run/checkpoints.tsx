/** Saved states: size, metrics, and their tensors when one is opened. */
import { useMemo, useState } from "preact/hooks";
import type { CheckpointEntry, RunDetail } from "../data/types";
import { bytes, number } from "../lib/format";
import { plain } from "./ansi";
import { CopyButton } from "./clipboard";
import { natural } from "./natural";
import { large } from "./words";

type Checkpoint = RunDetail["checkpoints"][number];
const MANY = 200;

interface CheckpointsProps {
  run: string;
  checkpoints: readonly Checkpoint[];
  dropped: readonly CheckpointEntry[];
}

export function Checkpoints({ run, checkpoints, dropped }: CheckpointsProps) {
  if (!checkpoints.length && !dropped.length)
    return <p class="gp-empty">The run saved no checkpoint.</p>;
  return (
    <>
      {checkpoints.map((checkpoint) => (
        <details class="gp-card" key={checkpoint.label}>
          <summary>
            <strong>{plain(checkpoint.label)}</strong>
            <span class="gp-soft">
              {checkpoint.step === null ? "" : `step ${checkpoint.step} · `}
              {bytes(checkpoint.bytes)}
              {checkpoint.tensors && ` · ${checkpoint.tensors.length} tensors`}
            </span>
            <span>{metricWords(checkpoint.metrics)}</span>
          </summary>
          <p class="gp-command">
            <code>{`gitexp checkpoint get ${run}:${plain(checkpoint.label)} -o model.safetensors`}</code>
            <CopyButton text={`gitexp checkpoint get ${run}:${checkpoint.label} -o model.safetensors`} />
          </p>
          {checkpoint.tensors ? (
            <Tensors label={checkpoint.label} tensors={checkpoint.tensors} />
          ) : (
            <p class="gp-empty">
              Its tensors are not listed here; <code>gitexp checkpoint ls {run}</code> lists them.
            </p>
          )}
        </details>
      ))}
      {dropped.length > 0 && (
        <p class="gp-soft">
          Saved and no longer kept: {dropped.map((one) => plain(one.label)).join(", ")}.
        </p>
      )}
    </>
  );
}

function metricWords(metrics: Checkpoint["metrics"]): string {
  return Object.entries(metrics)
    .map(([key, value]) => `${plain(key)} ${number(value)}`)
    .join(", ");
}

type Column = "name" | "dtype" | "elements" | "bytes";

function Tensors({ label, tensors }: { label: string; tensors: NonNullable<Checkpoint["tensors"]> }) {
  const [search, setSearch] = useState("");
  const [sort, setSort] = useState<{ by: Column; up: boolean } | null>(null);
  const [all, setAll] = useState(false);
  const largest = useMemo(() => Math.max(1, ...tensors.map((t) => t.bytes)), [tensors]);
  const rows = useMemo(() => {
    const needle = search.trim().toLowerCase();
    const found = tensors
      .filter((tensor) => tensor.name.toLowerCase().includes(needle))
      .map((tensor) => ({ ...tensor, elements: tensor.shape.reduce((n, size) => n * size, 1) }));
    if (sort)
      found.sort((a, b) => {
        const [x, y] = [a[sort.by], b[sort.by]];
        const order = typeof x === "number" && typeof y === "number" ? x - y : natural(String(x), String(y));
        return sort.up ? order : -order;
      });
    return found;
  }, [tensors, search, sort]);
  const head = (by: Column, words: string, num = false) => (
    <th
      scope="col"
      class={num ? "num" : undefined}
      aria-sort={sort?.by === by ? (sort.up ? "ascending" : "descending") : undefined}
    >
      <button
        type="button"
        class="gp-sort"
        onClick={() => setSort({ by, up: sort?.by === by ? !sort.up : !num })}
      >
        {words}
        {sort?.by === by ? (sort.up ? " ▲" : " ▼") : ""}
      </button>
    </th>
  );
  const shown = all ? rows : rows.slice(0, MANY);
  return (
    <>
      <div class="gp-bar">
        <input
          type="search"
          class="gp-search"
          placeholder="Search tensors"
          aria-label={`Search tensors of ${label}`}
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      </div>
      <div class="gp-box gp-tall" role="region" aria-label={`Tensors of ${label}`} tabIndex={0}>
        <table class="gp-table">
          <thead>
            <tr>
              {head("name", "Tensor")}
              {head("dtype", "Type")}
              <th scope="col">Shape</th>
              {head("elements", "Elements", true)}
              {head("bytes", "Size", true)}
            </tr>
          </thead>
          <tbody>
            {shown.map((tensor) => (
              <tr key={tensor.name}>
                <th scope="row">
                  <code>{plain(tensor.name)}</code>
                </th>
                <td>{plain(tensor.dtype)}</td>
                <td class="gp-mono">{tensor.shape.length ? tensor.shape.join(" × ") : "scalar"}</td>
                <td class="num">{large(tensor.elements)}</td>
                <td class="num">
                  <meter class="gp-share" min={0} max={largest} value={tensor.bytes} aria-hidden="true" />
                  {bytes(tensor.bytes)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown.length < rows.length && (
        <button type="button" class="gp-button" onClick={() => setAll(true)}>
          Show all {rows.length} tensors
        </button>
      )}
    </>
  );
}
