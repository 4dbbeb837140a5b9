/** All about one run, in parts that fetch what they show when they come into sight. */
import { useEffect, useRef } from "preact/hooks";
import { paths } from "../data/paths";
import type { RunDetail, RunRow } from "../data/types";
import { colour } from "../state/colours";
import { links, route } from "../state/route";
import { failure, loading, runByName, runs } from "../state/runs";
import { plain } from "./ansi";
import { HideButton, Tags } from "./edit";
import { Tiles } from "./metrics";
import { partsOf } from "./parts";
import { RunPicker } from "./picker";
import { useJson } from "./resource";
import { Section } from "./section";
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
      {detail.state === "missing" && (
        <p class="gp-absent" role="note">
          To stay small, this report has the facts, config and curves of this run only. All of it:{" "}
          <code>gitexp show {plain(run.name)}</code>, or its page in <code>gitexp ui</code>.
        </p>
      )}
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
