/** Panels that show parts of runs' pages: differences, config, code, histograms, findings. */
import { useState, type Dispatch, type StateUpdater } from "preact/hooks";
import { useCompared, useDifference } from "../compare/compared";
import { CodeDifferences } from "../compare/codeview";
import { MetricsTable, ValuesTable } from "../compare/tables";
import { paths } from "../data/paths";
import type { Histograms, RunDetail, RunRow, SourceFile } from "../data/types";
import { colour } from "../state/colours";
import { links } from "../state/route";
import { plain } from "../run/ansi";
import { CodeChanges } from "../run/code";
import { ConfigTree } from "../run/config";
import { Findings } from "../run/findings";
import { HistogramBrowser } from "../run/histograms";
import { useJson } from "../run/resource";
import { Loaded } from "../run/section";
import { CodeLines } from "../run/source";
import { fits } from "./glob";
import type { PartProps } from "./panel";

const MOST_COMPARED = 8;

export function DiffPanel({ spec, runs }: PartProps) {
  const names = runs.slice(0, MOST_COMPARED).map((run) => run.name);
  const difference = useDifference(names);
  if (names.length < 2) return <p class="gp-empty">A difference needs two runs.</p>;
  return (
    <Loaded of={difference}>
      {(diff) => (
        <>
          <ValuesTable names={names} rows={chosen(diff.config, spec.keys)} label="Config keys that differ" same="The config is the same." />
          <h3>Metrics</h3>
          <MetricsTable names={names} metrics={chosen(diff.metrics, spec.metrics)} />
          {diff.code.some((code) => code.files.length) && (
            <>
              <h3>Code</h3>
              <CodeDifferences names={names} code={diff.code} />
            </>
          )}
        </>
      )}
    </Loaded>
  );
}

function chosen<T extends { key: string }>(rows: readonly T[], keys: readonly string[] | undefined): readonly T[] {
  return keys?.length ? rows.filter((row) => keys.includes(row.key) || keys.includes(`config.${row.key}`)) : rows;
}

export function ConfigPanel({ spec, runs }: PartProps) {
  const [which, setWhich] = useState(0);
  const run = runs[which] ?? runs[0]!;
  const config = spec.keys?.length
    ? Object.fromEntries(Object.entries(run.config).filter(([key]) => spec.keys!.some((one) => one === key || one.startsWith(`${key}.`))))
    : run.config;
  return (
    <>
      <RunTabs runs={runs} which={which} choose={setWhich} />
      <ConfigTree config={config} label={`Config of ${run.name}`} />
    </>
  );
}

/** A file as it ran; without one, the patch between runs, or of one run to its base commit. */
export function CodePanel({ spec, runs }: PartProps) {
  const [which, setWhich] = useState(0);
  const run = runs[which] ?? runs[0]!;
  if (!spec.path)
    return runs.length > 1 ? <CodeBetween runs={runs} /> : <CodeChanges key={run.id} run={run} />;
  return (
    <>
      <RunTabs runs={runs} which={which} choose={setWhich} />
      <FileOf run={run} path={spec.path} />
    </>
  );
}

function CodeBetween({ runs }: { runs: readonly RunRow[] }) {
  const names = runs.slice(0, MOST_COMPARED).map((run) => run.name);
  const compared = useCompared(names);
  return <Loaded of={compared}>{(diff) => <CodeDifferences names={names} code={diff.code} />}</Loaded>;
}

function FileOf({ run, path }: { run: RunRow; path: string }) {
  const file = useJson<SourceFile>(paths.source(run.name, path), run.oid);
  return (
    <Loaded of={file}>
      {(data) => (
        <>
          <p class="gp-tight">
            <code>{plain(path)}</code>
          </p>
          <CodeLines file={data} label={path} />
        </>
      )}
    </Loaded>
  );
}

export function HistogramPanel({ spec, runs }: PartProps) {
  const [which, setWhich] = useState(0);
  const run = runs[which] ?? runs[0]!;
  const found = useJson<Histograms>(paths.histograms(run.name), run.oid);
  const { key } = spec;
  return (
    <>
      <RunTabs runs={runs} which={which} choose={setWhich} />
      <Loaded of={found}>
        {({ series }) => {
          const shown = key ? series.filter(({ name }) => fits(key, name) || fits(`*/${key}`, name)) : series;
          return shown.length ? (
            <HistogramBrowser key={run.id} series={shown} />
          ) : (
            <p class="gp-empty">{key ? `The run has no histogram ${plain(key)}.` : "The run has no histograms."}</p>
          );
        }}
      </Loaded>
    </>
  );
}

export function FindingsPanel({ runs }: PartProps) {
  return (
    <>
      {runs.map((run) => (
        <FindingsOf key={run.id} run={run} named={runs.length > 1} />
      ))}
    </>
  );
}

function FindingsOf({ run, named }: { run: RunRow; named: boolean }) {
  const detail = useJson<RunDetail>(paths.run(run.name), run.oid);
  return (
    <section aria-label={`Findings of ${run.name}`}>
      {named && (
        <p class="gp-run-name">
          <i class="gp-swatch" style={{ background: colour(run.name) }} />
          <a href={links.run(run.name)}>{plain(run.name)}</a>
        </p>
      )}
      <Loaded of={detail}>{({ findings }) => <Findings findings={findings} />}</Loaded>
    </section>
  );
}

interface TabsProps {
  runs: readonly RunRow[];
  which: number;
  choose: Dispatch<StateUpdater<number>>;
}

/** Which run is shown, where a panel shows one at a time. */
function RunTabs({ runs, which, choose }: TabsProps) {
  if (runs.length < 2) return null;
  return (
    <div class="gp-tabs gp-run-tabs" role="group" aria-label="Run that is shown">
      {runs.slice(0, 12).map((run, i) => (
        <button type="button" key={run.id} aria-pressed={i === which} onClick={() => choose(i)}>
          {plain(run.name)}
        </button>
      ))}
    </div>
  );
}
