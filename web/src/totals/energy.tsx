/** What the runs used: energy, CO2, cost and time, of each run and of groups of them. */
import { useState } from "preact/hooks";
import type { EnergyRow, EnergyTotals, LedgerTable } from "../data/types";
import { plural } from "../lib/format";
import { plain } from "../run/ansi";
import { Loaded } from "../run/section";
import { useTotals } from "./ask";
import { RunName } from "./runname";
import "../run/run.css";
import "./totals.css";

const FIRST = 50; // rows at first
const NOTHING =
  "No run here has figures of its hardware. gitexp measures them while a run runs, unless that is switched off.";

export function EnergyPage() {
  const found = useTotals<EnergyTotals>("energy");
  return (
    <article class="gp-page gp-totals" aria-labelledby="gp-energy-title">
      <header class="gp-head">
        <h1 id="gp-energy-title">Hardware and energy</h1>
      </header>
      <Loaded of={found} missing={NOTHING}>
        {(totals) => (totals === null ? <p class="gp-empty">{NOTHING}</p> : <Totals {...totals} />)}
      </Loaded>
    </article>
  );
}

function Totals({ totals, notes, rows, tables }: EnergyTotals) {
  return (
    <>
      {totals !== "" && (
        <p class="gp-sum">
          All {plural(rows.length, "run")}: <strong>{totals}</strong>
        </p>
      )}
      {notes.length > 0 && (
        <ul class="gp-notes">
          {notes.map((note) => (
            <li key={note}>{plain(note)}</li>
          ))}
        </ul>
      )}
      {tables.length > 0 && (
        <div class="gp-ledgers">
          {tables.map((table) => (
            <Ledger key={table.title} {...table} />
          ))}
        </div>
      )}
      <h2>Each run</h2>
      <EachRun rows={rows} />
    </>
  );
}

function Ledger({ title, head, rows }: LedgerTable) {
  return (
    <section>
      <h2>{title}</h2>
      <div class="gp-box" role="region" aria-label={title} tabIndex={0}>
        <table class="gp-table">
          <thead>
            <tr>
              <th scope="col">{head}</th>
              {["Runs", "Energy", "CO₂", "Cost", "Took"].map((word) => (
                <th key={word} scope="col" class="num">
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.label}>
                <th scope="row">{plain(row.label)}</th>
                <td class="num">{row.runs}</td>
                <td class="num">{row.energy}</td>
                <td class="num">{row.co2}</td>
                <td class="num">{row.cost}</td>
                <td class="num">{row.took}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function EachRun({ rows }: { rows: readonly EnergyRow[] }) {
  const [all, setAll] = useState(false);
  return (
    <>
      <div class="gp-box" role="region" aria-label="Energy of each run" tabIndex={0}>
        <table class="gp-table">
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col" class="num">
                Energy
              </th>
              <th scope="col"><span class="gp-unseen">Energy as a bar</span></th>
              {["CO₂", "Cost", "Took", "CPU, mean", "GPU, mean"].map((word) => (
                <th key={word} scope="col" class="num">
                  {word}
                </th>
              ))}
              <th scope="col">Measured by</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, all ? undefined : FIRST).map((row) => (
              <tr key={row.run}>
                <th scope="row">
                  <RunName name={row.run} />
                </th>
                <td class="num">{row.energy}</td>
                <td>
                  <span class="gp-share" style={{ width: `${1.2 * row.share}px` }} />
                </td>
                <td class="num">{row.co2}</td>
                <td class="num">{row.cost}</td>
                <td class="num">{row.took}</td>
                <td class="num">{row.cpu}</td>
                <td class="num">{row.gpu}</td>
                <td class="gp-soft">{plain(row.source)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {!all && rows.length > FIRST && (
        <button type="button" class="gp-button" onClick={() => setAll(true)}>
          Show all {plural(rows.length, "run")}
        </button>
      )}
    </>
  );
}
