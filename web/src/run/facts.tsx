/** What a run is: who, when, where, what came of it. */
import type { ComponentChildren } from "preact";
import type { RunDetail, RunRow } from "../data/types";
import { age, duration, moment } from "../lib/format";
import { createdOf, durationOf } from "../lib/facts";
import { links } from "../state/route";
import { runByName } from "../state/runs";
import { plain } from "./ansi";
import { CopyButton } from "./clipboard";
import { LinkedText, Out } from "./links";
import { resumptions } from "./traffic";
import { commandLine, energyWords, reproduced, verdictWords } from "./words";

const OID = /^[0-9a-f]{40,64}$/;

type Fact = [label: string, words: ComponentChildren];

export function Facts({ run }: { run: RunRow }) {
  return (
    <dl class="gp-facts">
      <div class="wide">
        <dt>Command</dt>
        <dd class="gp-command">
          <code>{plain(commandLine(run.command)) || "–"}</code>
          <CopyButton text={commandLine(run.command)} />
        </dd>
      </div>
      {factsOf(run).map(([label, words]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{words}</dd>
        </div>
      ))}
    </dl>
  );
}

function factsOf(run: RunRow): Fact[] {
  const { git, lineage } = run;
  const began = createdOf(run);
  const code = git.base_commit
    ? `${git.base_commit.slice(0, 10)}${git.branch ? ` on ${git.branch}` : ", detached"}` +
      (git.dirty ? ", with changes" : ", unchanged")
    : "";
  const facts: [string, ComponentChildren | null | undefined][] = [
    ["Started", `${moment(run.created_at)}, ${age(Date.now() / 1000 - began)}`],
    ["Took", Number.isNaN(durationOf(run)) ? null : duration(durationOf(run))],
    ["Author", plain(run.author.split(" <")[0] ?? "")],
    ["Host", plain(run.host)],
    ["Code", plain(code)],
    ["Run's commit", run.oid ? <Out href={run.url}>{run.oid.slice(0, 10)}</Out> : "not yet in git"],
    ["Folder", plain(run.cwd)],
    ["Group", plain(run.group ?? "")],
    ["Job type", plain(run.job_type ?? "")],
    ["Sweep", lineage.sweep && plain(`${lineage.sweep}${lineage.trial === null ? "" : `, trial ${lineage.trial}`}`)],
    ["Energy", energyWords(run)],
    ["Id", <code>{plain(run.id)}</code>],
  ];
  return facts.filter(([, words]) => words) as Fact[];
}

/** A run by name or id: a link where the page knows it. */
export function RunLink({ name }: { name: string }) {
  const known = runByName.value.get(name) ?? [...runByName.value.values()].find((r) => r.id === name);
  return known ? <a href={links.run(known.name)}>{plain(known.name)}</a> : <>{plain(name)}</>;
}

export function Failure({ run }: { run: RunRow }) {
  if (!run.error && !run.malformed) return null;
  return (
    <div class="gp-failure">
      <h3>What went wrong</h3>
      <p>
        {run.malformed ? (
          plain(run.malformed)
        ) : (
          <>
            <strong>{plain(run.error?.type ?? "")}</strong>: {plain(run.error?.message ?? "")}
          </>
        )}
      </p>
      {run.error?.traceback && (
        <pre tabIndex={0} role="region" aria-label="Traceback">
          {plain(run.error.traceback)}
        </pre>
      )}
    </div>
  );
}

export function Notes({ text }: { text: string }) {
  return text ? (
    <p class="gp-notes">
      <LinkedText text={text} />
    </p>
  ) : null;
}

export function Warnings({ warnings }: { warnings: readonly string[] }) {
  if (!warnings.length) return null;
  return (
    <details class="gp-fold" open={warnings.length < 4}>
      <summary>
        {warnings.length === 1 ? "1 warning of the recording" : `${warnings.length} warnings of the recording`}
      </summary>
      <ul class="gp-plain">
        {warnings.slice(0, 100).map((warning) => (
          <li key={warning}>{plain(warning)}</li>
        ))}
      </ul>
    </details>
  );
}

/** Where the run comes from, what it was started from, and what came of repeating it. */
export function Lineage({ run, detail }: { run: RunRow; detail: RunDetail | undefined }) {
  const resumed = run.lineage.resumed_from;
  const origins: [string, string | null][] = [
    ["Resumed from", resumed && OID.test(resumed) ? `commit ${resumed.slice(0, 10)}` : resumed],
    ["Forked from", run.lineage.forked_from],
    ["Reproduced from", run.lineage.reproduced_from],
  ];
  const children = [...runByName.value.values()].filter((other) =>
    [other.lineage.resumed_from, other.lineage.forked_from, other.lineage.reproduced_from].some(
      (from) => from !== null && (from === run.name || from === run.id),
    ),
  );
  const from = detail?.started_from;
  const rows: Fact[] = origins.flatMap(([label, name]) =>
    name ? [[label, <RunLink name={name} />] as Fact] : [],
  );
  if (from && typeof from.run === "string")
    rows.push([
      "Its tensors began as",
      <>
        <RunLink name={from.run} /> {typeof from.label === "string" && plain(from.label)}
      </>,
    ]);
  for (const one of resumptions(run))
    rows.push([
      "Went on",
      `${moment(one.at)}, after it was ${plain(one.status)}${one.step === null ? "" : ` at step ${one.step}`}`,
    ]);
  children.forEach((child) => rows.push(["Led to", <RunLink name={child.name} />]));
  for (const verdict of [...run.verdicts].reverse().slice(0, 20))
    rows.push([
      verdict.role === "original" ? "Repeats" : "Repeated by",
      <>
        <RunLink name={String(verdict.run)} />{" "}
        <span class={reproduced(verdict) ? "gp-good" : "gp-bad"}>
          {reproduced(verdict) ? "✓" : "✗"} {verdictWords(verdict)}
        </span>
      </>,
    ]);
  if (!rows.length) return null;
  return (
    <>
      <h3>Lineage and verdicts</h3>
      <dl class="gp-rows">
        {rows.map(([label, words], i) => (
          <div key={i}>
            <dt>{label}</dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

export function Commands({ commands }: { commands: RunDetail["commands"] }) {
  return (
    <div class="gp-commands">
      {commands.map(({ title, lines }) => (
        <figure key={title}>
          <figcaption>
            {plain(title)} <CopyButton text={lines.join("\n")} />
          </figcaption>
          <pre tabIndex={0}>{lines.map(plain).join("\n")}</pre>
        </figure>
      ))}
    </div>
  );
}

/** The run's commits, newest first. */
export function History({ chain }: { chain: RunDetail["chain"] }) {
  return (
    <ol class="gp-chain">
      {chain.slice(0, 500).map(({ oid, subject, time_s }) => (
        <li key={oid}>
          <code>{oid.slice(0, 10)}</code> <span>{plain(subject)}</span>{" "}
          <time dateTime={new Date(time_s * 1000).toISOString()}>{moment(time_s)}</time>
        </li>
      ))}
    </ol>
  );
}
