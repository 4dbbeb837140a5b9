/** Overlaid curves of compared runs. */
import { useState } from "preact/hooks";
import { CurvePanel } from "../curves/panel";
import { plain } from "../run/ansi";
import { headline } from "../run/headline";
import { runByName } from "../state/runs";
import { colour, dash } from "../state/colours";

export function ComparedCurves({ names, metrics }: { names: readonly string[]; metrics: readonly string[] }) {
  const [search, setSearch] = useState("");
  const all = Object.assign({}, ...names.map((name) => runByName.value.get(name)?.metrics ?? {}));
  const ordered = headline({ metrics: all }, true).filter(
    (key) => metrics.includes(key) && key.toLowerCase().includes(search.trim().toLowerCase()),
  );
  if (!metrics.length) return <p class="gp-empty">None of them has a metric.</p>;
  return (
    <>
      <div class="gp-bar">
        {metrics.length > 6 && (
          <input
            type="search"
            class="gp-search"
            placeholder="Search curves"
            aria-label="Search curves"
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        )}
        <RunLegend names={names} />
      </div>
      <div class="gp-cards">
        {ordered.map((metric) => (
          <CurvePanel key={metric} metric={metric} runs={names} sync={`compare ${names.join(" ")}`} />
        ))}
      </div>
    </>
  );
}

/** Which colour and dash is which run. */
export function RunLegend({ names }: { names: readonly string[] }) {
  return (
    <ul class="gp-legend">
      {names.map((name) => (
        <li key={name}>
          <svg class="gp-line-key" viewBox="0 0 22 6" aria-hidden="true">
            <path d="M0 3H22" fill="none" stroke={colour(name)} stroke-width="2" stroke-dasharray={dash(name).join(" ")} />
          </svg>{" "}
          {plain(name)}
        </li>
      ))}
    </ul>
  );
}
