/** Runs that differ only in their seed: mean and spread of each group, and what is more than noise. */
import { useState } from "preact/hooks";
import type { SeedGroup, SeedTest, SeedTotals } from "../data/types";
import { plural } from "../lib/format";
import { plain } from "../run/ansi";
import { literal } from "../run/config";
import { Loaded } from "../run/section";
import { links } from "../state/route";
import { showOnly } from "../state/visible";
import { useTotals } from "./ask";
import { RunName } from "./runname";
import "../run/run.css";
import "./totals.css";

const FIRST = 50; // rows at first
const NAMED = 6; // runs of a group
const NOTHING =
  "No two finished runs here differ only in their seed. Runs of the same code, command and config but for keys such as seed are put together here.";

export function SeedsPage() {
  const found = useTotals<SeedTotals>("seeds");
  return (
    <article class="gp-page gp-totals" aria-labelledby="gp-seeds-title">
      <header class="gp-head">
        <h1 id="gp-seeds-title">Over seeds</h1>
      </header>
      <Loaded of={found} missing={NOTHING}>
        {(totals) => (totals === null ? <p class="gp-empty">{NOTHING}</p> : <Totals {...totals} />)}
      </Loaded>
    </article>
  );
}

function Totals({ metrics, keys, groups, best, tests, note }: SeedTotals) {
  const [all, setAll] = useState(false);
  return (
    <>
      <p class="gp-sum">
        Runs that differ only in their seed: mean ± standard deviation of the last values.
      </p>
      <div class="gp-box" role="region" aria-label="Metrics over seeds" tabIndex={0}>
        <table class="gp-table">
          <thead>
            <tr>
              <th scope="col">Runs</th>
              <th scope="col" class="num">
                n
              </th>
              {keys.map((key) => (
                <th key={key} scope="col">
                  <code>{plain(key)}</code>
                </th>
              ))}
              {metrics.map((metric) => (
                <th key={metric} scope="col" class="num">
                  {plain(metric)}
                </th>
              ))}
              <th scope="col"><span class="gp-unseen">Show</span></th>
            </tr>
          </thead>
          <tbody>
            {groups.slice(0, all ? undefined : FIRST).map((group) => (
              <GroupRow key={group.runs[0]} {...group} />
            ))}
          </tbody>
        </table>
      </div>
      {!all && groups.length > FIRST && (
        <button type="button" class="gp-button" onClick={() => setAll(true)}>
          Show all {plural(groups.length, "group")}
        </button>
      )}
      {best !== null && tests.length > 0 && <Tests best={best} tests={tests} />}
      {note !== "" && <p class="gp-soft">{note}</p>}
    </>
  );
}

function GroupRow({ runs, config, means }: SeedGroup) {
  return (
    <tr>
      <th scope="row" class="gp-run-names">
        {runs.slice(0, NAMED).map((name) => (
          <RunName key={name} name={name} />
        ))}
        {runs.length > NAMED && <span class="gp-soft">and {runs.length - NAMED} more</span>}
      </th>
      <td class="num">{runs.length}</td>
      {config.map((value, i) => (
        <td key={i}>
          <code>{value === null ? "" : literal(value)}</code>
        </td>
      ))}
      {means.map((mean, i) => (
        <td key={i} class="num">
          {mean}
        </td>
      ))}
      <td>
        <a class="gp-button small" href={links.workspace} onClick={() => showOnly(new Set(runs))}>
          Curves
        </a>
      </td>
    </tr>
  );
}

function Tests({ best, tests }: { best: string; tests: readonly SeedTest[] }) {
  return (
    <>
      <h2>More than noise?</h2>
      <p>
        Beside <RunName name={best} /> and its replicates, whose mean is the best: the difference of
        the means with a 95 % bootstrap interval, and Welch's t-test.
      </p>
      <div class="gp-box" role="region" aria-label="Differences over seeds" tabIndex={0}>
        <table class="gp-table">
          <thead>
            <tr>
              <th scope="col">Group of</th>
              <th scope="col">Metric</th>
              <th scope="col" class="num">
                Difference
              </th>
              <th scope="col" class="num">
                p
              </th>
              <th scope="col">In words</th>
            </tr>
          </thead>
          <tbody>
            {tests.map((test) => (
              <tr key={`${test.run} ${test.metric}`}>
                <th scope="row">
                  <RunName name={test.run} />
                </th>
                <td>
                  <code>{plain(test.metric)}</code>
                </td>
                <td class="num">{test.difference}</td>
                <td class="num">{test.p}</td>
                <td>{plain(test.words)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
