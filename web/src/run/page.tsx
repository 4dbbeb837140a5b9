/** All about one run, in sections that fetch what they show when they come into sight. */
import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { MediaBrowser } from "../media";
import { paths } from "../data/paths";
import type { RunDetail, RunRow } from "../data/types";
import { plural } from "../lib/format";
import { configOf, differingKeys } from "../lib/facts";
import { colour } from "../state/colours";
import { links, route } from "../state/route";
import { failure, loading, runByName, runs } from "../state/runs";
import { baseline } from "../state/view";
import { plain } from "./ansi";
import { Checkpoints } from "./checkpoints";
import { CodeChanges } from "./code";
import { ConfigTree } from "./config";
import { RunCurves } from "./curves";
import { HideButton, NotesEditor, Tags } from "./edit";
import { Environment } from "./environment";
import { Commands, Facts, Failure, History, Lineage, Warnings } from "./facts";
import { Findings } from "./findings";
import { HardwareSection } from "./hardwareview";
import { HistogramSection } from "./histograms";
import { OutputLog } from "./log";
import { MetricsTable, SummaryTable, Tiles } from "./metrics";
import { ModelTree } from "./model";
import { useJson, type Resource } from "./resource";
import { Loaded, Section } from "./section";
import { SourceBrowser } from "./source";
import { Status } from "./status";
import "./run.css";
import "../media/media.css";

export function RunPage({ name }: { name: string }) {
  const run = runByName.value.get(name);
  if (run) return <Page key={run.id} run={run} />;
  return (
    <article class="gp-page">
      <h1>{plain(name)}</h1>
      <p class="gp-empty" role="status">
        {loading.value
          ? "Loading…"
          : (failure.value ?? "There is no run of this name here. It may be left out of this report.")}
      </p>
    </article>
  );
}

const HOLD_MS = 4000;

/** Scroll to a part, and stay there while parts above it load, until the reader scrolls. */
function holdAt(id: string, parts: HTMLElement): () => void {
  const go = () => document.getElementById(`part-${id}`)?.scrollIntoView({ block: "start" });
  const stop = () => {
    observer?.disconnect();
    clearTimeout(timer);
    for (const what of TAKEN) removeEventListener(what, stop);
  };
  const observer = typeof ResizeObserver === "undefined" ? null : new ResizeObserver(go);
  const timer = setTimeout(stop, HOLD_MS);
  observer?.observe(parts);
  for (const what of TAKEN) addEventListener(what, stop, { passive: true });
  go();
  return stop;
}

const TAKEN = ["wheel", "touchmove", "keydown", "pointerdown"] as const;

interface Part {
  id: string;
  title: string;
  note?: ComponentChildren;
  closed?: boolean;
  body: () => ComponentChildren;
}

function Page({ run }: { run: RunRow }) {
  const detail = useJson<RunDetail>(paths.run(run.name), run.oid);
  const parts = partsOf(run, detail);
  const current = route.value;
  const wanted = current.page === "run" ? current.part : null;
  const parted = useRef<HTMLDivElement>(null);
  useEffect(() => (wanted && parted.current ? holdAt(wanted, parted.current) : undefined), [wanted]);
  return (
    <article class="gp-page gp-run" aria-labelledby="gp-run-title">
      <header class="gp-head">
        <h1 id="gp-run-title">
          <i class="gp-swatch" style={{ background: colour(run.name) }} />
          {plain(run.name)}
        </h1>
        <Status run={run} />
        <Tags run={run} />
        <span class="gp-push" />
        <HideButton run={run} />
        <CompareWith run={run} />
      </header>
      <Tiles run={run} />
      <div class="gp-run-columns">
        <nav class="gp-parts" aria-label="Parts of this run">
          {parts.map(({ id, title }) => (
            <a
              key={id}
              href={links.run(run.name, id)}
              aria-current={wanted === id ? "true" : undefined}
              onClick={() => parted.current && holdAt(id, parted.current)}
            >
              {title}
            </a>
          ))}
        </nav>
        <div class="gp-run-parts" ref={parted}>
          {parts.map(({ id, title, note, closed, body }) => (
            <Section key={id} id={id} title={title} note={note} closed={closed ?? false}>
              {body}
            </Section>
          ))}
        </div>
      </div>
    </article>
  );
}

function partsOf(run: RunRow, detail: Resource<RunDetail>): Part[] {
  const data = detail.data;
  const found = run.findings;
  const notes = found ? (found.note ?? found.info ?? 0) : 0;
  const issues = found ? found.error + found.warning + notes : 0;
  const withDetail = (render: (data: RunDetail) => ComponentChildren) => () => (
    <Loaded
      of={detail}
      missing={
        <>
          The details of this run are not in this report: <code>gitexp show {plain(run.name)}</code>
        </>
      }
    >
      {render}
    </Loaded>
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

function CompareWith({ run }: { run: RunRow }) {
  const others = runs.value.filter((other) => other.name !== run.name);
  if (!others.length) return null;
  return (
    <RunPicker
      label="Compare with …"
      runs={others}
      choose={(name) => (location.hash = links.compare([name, run.name]))}
    />
  );
}

interface PickerProps {
  label: string;
  runs: readonly RunRow[];
  choose: (name: string) => void;
}

function RunPicker({ label, runs: offered, choose }: PickerProps) {
  return (
    <select
      class="gp-picker"
      aria-label={label}
      value=""
      onChange={(event) => {
        const name = event.currentTarget.value;
        event.currentTarget.value = "";
        if (name) choose(name);
      }}
    >
      <option value="">{label}</option>
      {offered.slice(0, 500).map(({ name }) => (
        <option key={name} value={name}>
          {plain(name)}
        </option>
      ))}
    </select>
  );
}
