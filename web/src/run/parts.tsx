/** The parts of a run's page, in their order, and what each says before it is opened. */
import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { MediaBrowser } from "../media";
import type { RunDetail, RunRow } from "../data/types";
import { configOf, differingKeys } from "../lib/facts";
import { plural } from "../lib/format";
import { links } from "../state/route";
import { runByName, runs } from "../state/runs";
import { baseline } from "../state/view";
import { plain } from "./ansi";
import { Checkpoints } from "./checkpoints";
import { CodeChanges } from "./code";
import { ConfigTree } from "./config";
import { RunCurves } from "./curves";
import { NotesEditor } from "./edit";
import { Environment } from "./environment";
import { Commands, Facts, Failure, History, Lineage, Warnings } from "./facts";
import { RunFiles } from "./filesview";
import { Findings } from "./findings";
import { HardwareSection } from "./hardwareview";
import { HistogramSection } from "./histograms";
import { OutputLog } from "./log";
import { MetricsTable, SummaryTable } from "./metrics";
import { ModelTree } from "./model";
import { RunPicker } from "./picker";
import type { Resource } from "./resource";
import { Loaded } from "./section";
import { SourceBrowser } from "./source";
import { dataFiles, loggedArtifacts, usedArtifacts } from "./traffic";

export interface Part {
  id: string;
  title: string;
  note?: ComponentChildren;
  closed?: boolean;
  body: () => ComponentChildren;
}

/** What the list of runs and the curves say of a run that a report has no page of. */
const WITHOUT_DETAILS = ["overview", "curves", "metrics", "config"];

export function partsOf(run: RunRow, detail: Resource<RunDetail>): Part[] {
  const parts = allParts(run, detail);
  return detail.state === "missing" ? parts.filter(({ id }) => WITHOUT_DETAILS.includes(id)) : parts;
}

function allParts(run: RunRow, detail: Resource<RunDetail>): Part[] {
  const data = detail.data;
  const found = run.findings;
  const notes = found ? (found.note ?? found.info ?? 0) : 0;
  const issues = found ? found.error + found.warning + notes : 0;
  const withDetail = (render: (data: RunDetail) => ComponentChildren) => () => (
    <Loaded of={detail}>{render}</Loaded>
  );
  const parts: (Part | false)[] = [
    {
      id: "overview",
      title: "Overview",
      body: () => (
        <>
          <Failure run={run} />
          <NotesEditor run={run} />
          <Facts run={run} />
          <Warnings warnings={data?.warnings ?? run.warnings} />
          <Lineage run={run} detail={data} />
        </>
      ),
    },
    {
      id: "reproduce",
      title: "Reproduce",
      closed: true,
      note: "run it again, get its code and its model",
      body: withDetail(({ commands }) => <Commands commands={commands} />),
    },
    {
      id: "findings",
      title: "Findings",
      note: issues ? <FindingCounts findings={found!} /> : "nothing ill was found",
      closed: issues === 0,
      body: withDetail(({ findings }) => <Findings findings={findings} />),
    },
    {
      id: "curves",
      title: "Curves",
      note: plural(Object.keys(run.metrics).length, "metric"),
      body: () => <RunCurves run={run} />,
    },
    {
      id: "metrics",
      title: "Summary",
      body: () => (
        <>
          <MetricsTable run={run} />
          <SummaryTable run={run} />
        </>
      ),
    },
    {
      id: "config",
      title: "Config",
      note: plural(Object.keys(configOf(run)).length, "key"),
      body: () => <RunConfig run={run} />,
    },
    (run.media > 0 || run.live) && {
      id: "media",
      title: "Media",
      note: run.media ? plural(run.media, "item") : null,
      body: () => <RunMedia run={run} />,
    },
    { id: "hardware", title: "Hardware", body: () => <HardwareSection run={run} /> },
    { id: "histograms", title: "Histograms", body: () => <HistogramSection run={run} /> },
    { id: "output", title: "Output", body: () => <OutputLog run={run} /> },
    {
      id: "changes",
      title: "Code changes",
      note: run.git.dirty ? "not committed when the run began" : null,
      body: () => <CodeChanges run={run} />,
    },
    { id: "source", title: "Source", body: () => <SourceBrowser run={run} /> },
    {
      id: "model",
      title: "Model",
      body: withDetail(({ model }) =>
        model ? (
          <ModelTree model={model} />
        ) : (
          <p class="gp-empty">
            The model's structure is not known: <code>gitexp.watch(model)</code> records it.
          </p>
        ),
      ),
    },
    {
      id: "checkpoints",
      title: "Checkpoints",
      note: run.checkpoints.length ? plural(run.checkpoints.length, "checkpoint") : null,
      body: withDetail(({ checkpoints }) => (
        <Checkpoints run={run.name} checkpoints={checkpoints} dropped={run.dropped_checkpoints} />
      )),
    },
    {
      id: "files",
      title: "Files",
      closed: true,
      note: filesNote(run),
      body: withDetail((data) => <RunFiles run={run} detail={data} />),
    },
    {
      id: "environment",
      title: "Environment",
      closed: true,
      body: withDetail(({ environment }) => <Environment environment={environment} />),
    },
    {
      id: "history",
      title: "History in git",
      closed: true,
      body: withDetail(({ chain }) => <History chain={chain} />),
    },
  ];
  return parts.filter((part) => part !== false);
}

/** The config; keys that differ from the workspace's baseline stand out. */
function RunConfig({ run }: { run: RunRow }) {
  const base = runByName.value.get(baseline.value ?? "");
  const marked = useMemo(
    () => (base && base.id !== run.id ? new Set(differingKeys([base, run])) : null),
    [base, run.config],
  );
  return (
    <>
      {marked && (
        <p class="gp-soft gp-tight">
          {plural(marked.size, "marked key")} {marked.size === 1 ? "is" : "are"} not as in the baseline{" "}
          <a href={links.run(base!.name)}>{plain(base!.name)}</a>.
        </p>
      )}
      <ConfigTree config={run.config} label={`Config of ${run.name}`} {...(marked ? { marked } : {})} />
    </>
  );
}

function filesNote(run: RunRow): string {
  const [logged, used, read] = [loggedArtifacts(run), usedArtifacts(run), dataFiles(run, "inputs")];
  return [
    logged.length ? plural(logged.length, "artifact") : "",
    used.length ? `${plural(used.length, "artifact")} used` : "",
    read.length ? `${plural(read.length, "file")} read` : "",
  ]
    .filter(Boolean)
    .join(", ");
}

function FindingCounts({ findings }: { findings: NonNullable<RunRow["findings"]> }) {
  const notes = findings.note ?? findings.info ?? 0;
  return (
    <span class="gp-finding-counts">
      {findings.error > 0 && <span data-severity="error">✗ {plural(findings.error, "error")}</span>}
      {findings.warning > 0 && <span data-severity="warning">▲ {plural(findings.warning, "warning")}</span>}
      {notes > 0 && <span data-severity="note">{plural(notes, "note")}</span>}
    </span>
  );
}

/** Media of the run, and of others beside it where the reader adds some. */
function RunMedia({ run }: { run: RunRow }) {
  const [others, setOthers] = useState<string[]>([]);
  const more = runs.value.filter(
    (other) => other.name !== run.name && other.media > 0 && !others.includes(other.name),
  );
  return (
    <>
      <div class="gp-bar">
        {others.map((name) => (
          <span class="gp-tag" key={name}>
            {plain(name)}
            <button
              type="button"
              aria-label={`Take ${name} away`}
              onClick={() => setOthers(others.filter((one) => one !== name))}
            >
              ×
            </button>
          </span>
        ))}
        {more.length > 0 && others.length < 7 && (
          <RunPicker label="Put another run beside it" runs={more} choose={(name) => setOthers([...others, name])} />
        )}
      </div>
      <MediaBrowser runs={[run.name, ...others]} />
    </>
  );
}
