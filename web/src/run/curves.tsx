/** The curves of one run, in sections by the first part of the metrics' names. */
import { useState } from "preact/hooks";
import { CurvePanel } from "../curves/panel";
import type { RunRow } from "../data/types";
import { plain } from "./ansi";
import { headline } from "./headline";

const SEARCHABLE = 8; // metrics, from which on they are searched

export function RunCurves({ run }: { run: RunRow }) {
  const [search, setSearch] = useState("");
  const keys = headline(run, true).filter((key) => key.toLowerCase().includes(search.trim().toLowerCase()));
  if (!Object.keys(run.metrics).length) return <p class="gp-empty">No metrics were logged.</p>;
  return (
    <>
      {Object.keys(run.metrics).length >= SEARCHABLE && (
        <div class="gp-bar">
          <input
            type="search"
            class="gp-search"
            placeholder="Search curves"
            aria-label="Search curves"
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </div>
      )}
      {sections(keys).map(([title, metrics]) => (
        <section key={title} aria-label={title || "Other metrics"}>
          <h3>{plain(title) || "Others"}</h3>
          <div class="gp-cards">
            {metrics.map((metric) => (
              <CurvePanel key={metric} metric={metric} runs={[run.name]} sync={`run ${run.name}`} />
            ))}
          </div>
        </section>
      ))}
    </>
  );
}

/** `train/loss` in "train", in the order of their most telling metrics; the rest by itself. */
function sections(keys: readonly string[]): [string, string[]][] {
  const found = new Map<string, string[]>();
  const prefix = (key: string) => (key.includes("/") ? key.slice(0, key.indexOf("/")) : "");
  for (const key of keys) {
    const title = keys.filter((other) => prefix(other) === prefix(key)).length > 1 ? prefix(key) : "";
    const section = found.get(title);
    if (section) section.push(key);
    else found.set(title, [key]);
  }
  return [...found];
}
