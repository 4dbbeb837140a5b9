/** What sets two to eight runs apart, side by side; the first one is the baseline. */
import type { ComponentChildren } from "preact";
import { MediaBrowser } from "../media";
import type { RunDiff, RunRow } from "../data/types";
import { duration, plural } from "../lib/format";
import { durationOf, metricsOf } from "../lib/facts";
import { colour } from "../state/colours";
import { links } from "../state/route";
import { failure, loading, runByName } from "../state/runs";
import { plain } from "../run/ansi";
import { CopyButton } from "../run/clipboard";
import { Loaded, Section } from "../run/section";
import { Status } from "../run/status";
import { useDifference } from "./compared";
import { CodeDifferences } from "./codeview";
import { ComparedCurves } from "./curves";
import { CheckpointsTable, MetricsTable, ValuesTable } from "./tables";
import "../run/run.css";
import "../media/media.css";
import "./compare.css";

const MOST = 8;

export function ComparePage({ names }: { names: string[] }) {
  const wanted = [...new Set(names)].slice(0, MOST);
  const known = wanted.filter((name) => runByName.value.has(name));
  const unknown = wanted.filter((name) => !runByName.value.has(name));
  if (known.length < 2)
    return (
      <article class="gp-page">
        <h1>Compare runs</h1>
        <p class="gp-empty" role="status">
          {loading.value
            ? "Loading…"
            : (failure.value ??
              (unknown.length
                ? `Not here: ${unknown.map(plain).join(", ")}.`
                : "Choose two to eight runs in the list, then Compare."))}
        </p>
      </article>
    );
  return <Page key={known.join(" ")} names={known} unknown={unknown} />;
}

function Page({ names, unknown }: { names: string[]; unknown: string[] }) {
  const runs = names.map((name) => runByName.value.get(name)!);
  const difference = useDifference(names);
  const diff = difference.data;
  const from = (render: (diff: RunDiff & { partial: boolean }) => ComponentChildren) => () => (
    <Loaded of={difference}>{render}</Loaded>
  );
  return (
    <article class="gp-page gp-compare" aria-labelledby="gp-compare-title">
      <header class="gp-head">
        <h1 id="gp-compare-title">{plural(names.length, "run")} compared</h1>
        <code class="gp-soft">gitexp diff {names.map(plain).join(" ")}</code>
        <CopyButton text={`gitexp diff ${names.join(" ")}`} />
      </header>
      {unknown.length > 0 && <p class="gp-empty">Not here: {unknown.map(plain).join(", ")}.</p>}
      <RunCards runs={runs} />
      <Section id="metrics" title="Metrics" note="against the baseline">
        {from(({ metrics }) => (
          <MetricsTable names={names} metrics={metrics} />
        ))}
      </Section>
      <Section id="config" title="Config" note={diff && differ(diff.config.length, "key")}>
        {from(({ config, command, summary }) => (
          <>
            <ValuesTable names={names} rows={config} label="Config keys that differ" same="The config is the same." />
            {command && (
              <>
                <h3>Command</h3>
                <ValuesTable names={names} rows={[command]} label="Commands" same="" />
              </>
            )}
            {summary.length > 0 && (
              <>
                <h3>Summary</h3>
                <ValuesTable names={names} rows={summary} label="Summary values that differ" same="" />
              </>
            )}
          </>
        ))}
      </Section>
      <Section id="curves" title="Curves" note={plural(metricsOf(runs).length, "metric")}>
        {() => <ComparedCurves names={names} metrics={metricsOf(runs)} />}
      </Section>
      {runs.some((run) => run.media > 0) && (
        <Section id="media" title="Media">
          {() => <MediaBrowser runs={names} />}
        </Section>
      )}
      <Section id="code" title="Code" note={diff && codeNote(diff)}>
        {from(({ code, partial }) =>
          partial ? <CodeByTree runs={runs} /> : <CodeDifferences names={names} code={code} />,
        )}
      </Section>
      <Section id="environment" title="Environment" note={diff && differ(diff.environment.length, "fact")} closed={(diff?.environment.length ?? 0) > 40}>
        {from(({ environment }) => (
          <ValuesTable names={names} rows={environment} label="Facts of the environment that differ" same="The environments are the same, as far as they are known." />
        ))}
      </Section>
      <Section id="hardware" title="Hardware and energy">
        {from(({ hardware }) => (
          <ValuesTable names={names} rows={hardware} label="Hardware figures" same="There is no difference." hardware />
        ))}
      </Section>
      <Section id="checkpoints" title="Checkpoints">
        {from(({ checkpoints }) => (
          <CheckpointsTable names={names} checkpoints={checkpoints} />
        ))}
      </Section>
    </article>
  );
}

function differ(count: number, word: string): string {
  return count ? `${plural(count, word)} ${count === 1 ? "differs" : "differ"}` : "the same";
}

function codeNote(diff: RunDiff & { partial: boolean }): string | null {
  if (diff.partial) return null;
  const files = diff.code.reduce((sum, code) => sum + code.files.length, 0);
  return files ? null : "the same";
}

function RunCards({ runs }: { runs: readonly RunRow[] }) {
  const names = runs.map((run) => run.name);
  return (
    <ol class="gp-compared">
      {runs.map((run, i) => (
        <li key={run.id}>
          <p class="gp-run-name">
            <i class="gp-swatch" style={{ background: colour(run.name) }} />
            <a href={links.run(run.name)}>{plain(run.name)}</a>
          </p>
          <p>
            <Status run={run} />
          </p>
          <p class="gp-soft">
            {run.tags.map(plain).join(", ") || plain(run.group ?? "")}
            {run.status === "running" && ` ${duration(durationOf(run))}`}
          </p>
          <p class="gp-card-actions">
            {i === 0 ? (
              <span class="gp-baseline">baseline</span>
            ) : (
              <a class="gp-button small" href={links.compare([run.name, ...names.filter((name) => name !== run.name)])}>
                Make it the baseline
              </a>
            )}
            {names.length > 2 && (
              <a class="gp-button small" href={links.compare(names.filter((name) => name !== run.name))} aria-label={`Leave out ${run.name}`}>
                ×
              </a>
            )}
          </p>
        </li>
      ))}
    </ol>
  );
}

/** Without the patch: which runs had the same tree. */
function CodeByTree({ runs }: { runs: readonly RunRow[] }) {
  const [base, ...others] = runs;
  return (
    <>
      <ul class="gp-plain">
        {others.map((run) => (
          <li key={run.id}>
            {plain(run.name)}: {run.git.code_tree === base!.git.code_tree ? "the same code" : "other code"}
          </li>
        ))}
      </ul>
      <p class="gp-soft">
        The patch of these runs is not in this report: <code>gitexp diff {runs.map((run) => plain(run.name)).join(" ")} --code</code>
      </p>
    </>
  );
}
