/** A run's output: search, colours, wrapping, live tail; only what shows is in the page. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { source } from "../data/context";
import { paths } from "../data/paths";
import type { Output, RunRow } from "../data/types";
import { plural } from "../lib/format";
import { pieces, split, type Piece } from "./ansi";
import { download } from "./clipboard";
import { append, findAll, logOf, plainLines, prepend, rowsOf, type Hit, type Log } from "./loglines";
import { useJson } from "./resource";
import { Loaded } from "./section";
import { VirtualRows } from "./virtual";

const ROW = 19; // pixels; run.css has the same
const GUTTER = 64; // pixels of line numbers and padding

export function OutputLog({ run }: { run: RunRow }) {
  const output = useJson<Output>(paths.output(run.name), run.live ? "" : run.oid);
  return <Loaded of={output}>{(data) => <LogView run={run} output={data} />}</Loaded>;
}

function LogView({ run, output }: { run: RunRow; output: Output }) {
  const [log, setLog] = useState<Log>(() => logOf(output));
  const [search, setSearch] = useState("");
  const [only, setOnly] = useState(false);
  const [wrap, setWrap] = useState(true);
  const [at, setAt] = useState(0);
  const [columns, box] = useColumns();
  useEffect(() => setLog(logOf(output)), [output]);
  useEffect(
    () =>
      source().subscribe?.((event) => {
        if (event.type === "output" && event.run === run.name)
          setLog((old) => append(old, event.text, event.first_line));
      }),
    [run.name],
  );

  const plains = useMemo(() => plainLines(log.lines), [log.lines]);
  const hits = useMemo(() => findAll(plains, search), [plains, search]);
  const which = useMemo(
    () => (only && search ? [...new Set(hits.map((hit) => hit.line))] : plains.map((_, i) => i)),
    [plains, hits, only, search],
  );
  const rows = useMemo(
    () => rowsOf(plains, which, wrap ? columns : Infinity),
    [plains, which, wrap, columns],
  );
  const byLine = useMemo(() => grouped(hits), [hits]);
  const current = hits[at];
  const shownRow = useMemo(
    () => (current ? { row: rows.findIndex((row) => row.line === current.line && row.to > current.from) } : null),
    [current, rows],
  );
  const go = (by: number) => hits.length && setAt((at + by + hits.length) % hits.length);
  const earlier = log.first > 1 && source().page.api !== undefined;
  const loadEarlier = () =>
    void source()
      .json<Output>(paths.output(run.name), { before: String(log.first - 1) })
      .then((page) => setLog((old) => prepend(old, page)))
      .catch(() => undefined);

  if (!log.lines.length) return <p class="gp-empty">The run wrote nothing.</p>;
  return (
    <div class="gp-log">
      <div class="gp-bar" role="search">
        <input
          type="search"
          class="gp-search"
          placeholder="Search the output"
          aria-label="Search the output"
          value={search}
          onInput={(event) => {
            setSearch(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key !== "Enter") return;
            event.preventDefault();
            go(event.shiftKey ? -1 : 1);
          }}
        />
        {search && (
          <span class="gp-soft" role="status">
            {hits.length ? `${at + 1} of ${hits.length.toLocaleString("en")}` : "no match"}
          </span>
        )}
        {search && (
          <>
            <button type="button" class="gp-button small" onClick={() => go(-1)} aria-label="Previous match">
              ↑
            </button>
            <button type="button" class="gp-button small" onClick={() => go(1)} aria-label="Next match">
              ↓
            </button>
          </>
        )}
        <label class="gp-check">
          <input type="checkbox" checked={only} onChange={() => setOnly(!only)} /> Only matches
        </label>
        <label class="gp-check">
          <input type="checkbox" checked={wrap} onChange={() => setWrap(!wrap)} /> Wrap
        </label>
        <span class="gp-soft gp-push">{plural(log.total, "line")}</span>
        <button
          type="button"
          class="gp-button small"
          onClick={() => download(`${run.name.replaceAll("/", "-")}.log`, plains.join("\n"))}
        >
          Download
        </button>
      </div>
      {log.first > 1 && (
        <p class="gp-soft gp-tight">
          {earlier ? (
            <button type="button" class="gp-button small" onClick={loadEarlier}>
              Load earlier lines
            </button>
          ) : (
            `The end of the output, from line ${log.first.toLocaleString("en")} on; gitexp show has all of it.`
          )}
        </p>
      )}
      <VirtualRows
        class={`gp-lines${wrap ? " wrap" : ""}`}
        count={rows.length}
        rowHeight={ROW}
        label={`Output of ${run.name}`}
        show={shownRow}
        follow={run.status === "running"}
        box={box}
        row={(i) => {
          const row = rows[i]!;
          return (
            <div class="gp-line" key={i}>
              <span class="gp-number" aria-hidden="true">
                {row.from === 0 ? log.first + row.line : ""}
              </span>
              <LineText
                line={log.lines[row.line] ?? ""}
                from={row.from}
                to={row.to}
                hits={byLine.get(row.line)}
                current={current}
              />
            </div>
          );
        }}
      />
    </div>
  );
}

interface LineTextProps {
  line: string;
  from: number;
  to: number;
  hits: Hit[] | undefined;
  current: Hit | undefined;
}

function LineText({ line, from, to, hits, current }: LineTextProps) {
  const all = pieces(line);
  const part = from === 0 && to >= line.length ? all : cutOut(all, from, to);
  if (!hits) return <span>{part.map((piece, i) => styled(piece, i))}</span>;
  const ranges = hits.map((hit) => [hit.from - from, hit.to - from] as [number, number]);
  return (
    <span>
      {split(part, ranges).map((piece, i) =>
        piece.hit ? (
          <mark key={i} class={current && hits.includes(current) ? "current" : undefined}>
            {piece.text}
          </mark>
        ) : (
          styled(piece, i)
        ),
      )}
    </span>
  );
}

function grouped(hits: readonly Hit[]): Map<number, Hit[]> {
  const found = new Map<number, Hit[]>();
  for (const hit of hits) {
    const line = found.get(hit.line);
    if (line) line.push(hit);
    else found.set(hit.line, [hit]);
  }
  return found;
}

function styled(piece: Piece, key: number) {
  return piece.style ? (
    <span key={key} class={piece.style}>
      {piece.text}
    </span>
  ) : (
    piece.text
  );
}

function cutOut(line: Piece[], from: number, to: number): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const { text, style } of line) {
    const part = text.slice(Math.max(0, from - at), Math.max(0, to - at));
    if (part) out.push({ text: part, style });
    at += text.length;
  }
  return out;
}

/** How many characters of the log's font fit into a row. */
function useColumns() {
  const box = useRef<HTMLDivElement>(null);
  const [columns, setColumns] = useState(120);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element || typeof ResizeObserver === "undefined") return undefined;
    const context = document.createElement("canvas").getContext("2d");
    const measure = () => {
      if (!context) return;
      context.font = getComputedStyle(element).font;
      const width = context.measureText("0".repeat(100)).width / 100;
      if (width > 0) setColumns(Math.max(20, Math.floor((element.clientWidth - GUTTER) / width)));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [columns, box] as const;
}
