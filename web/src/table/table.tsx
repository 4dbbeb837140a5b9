/** The runs table: thousands of rows, of which those on the screen exist. */
import { signal, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../components/icons";
import type { RunRow } from "../data/types";
import { number } from "../lib/format";
import { colourAt, nextColour, placeOf, roundAt } from "../state/colours";
import { shownColumns, type Column } from "../state/columns";
import { groupPlace } from "../state/groups";
import { links } from "../state/route";
import { runs } from "../state/runs";
import { switchRuns, toggleRun, visibleNames } from "../state/visible";
import { baseline, groupBy, hovered, sort, ticked } from "../state/view";
import { Cell } from "./cells";
import { meanOf, rows, toggleGroup, type Row } from "./rows";

export const ROW = 30; // pixels
const HEAD = 31;
const SPARE = 12; // rows above and below the screen that exist, too
const NUMERIC = new Set(["metric", "value", "duration", "time"]);

/** The row that the keyboard is on. */
const active = signal(0);

let hovering: ReturnType<typeof setTimeout> | undefined;

/** Rows that pass under a resting pointer while the table scrolls are not meant. */
function hoverSoon(name: string | null): void {
  clearTimeout(hovering);
  hovering = setTimeout(() => (hovered.value = name), 50);
}

/** Tick a run, or take the tick away. */
export function tick(name: string): void {
  const next = new Set(ticked.value);
  if (!next.delete(name)) next.add(name);
  ticked.value = next;
}

export function RunsTable() {
  const box = useRef<HTMLDivElement>(null);
  const scrolled = useSignal({ top: 0, height: 900 });
  const now_s = useNow();
  useLayoutEffect(() => {
    const element = box.current!;
    const measure = () =>
      (scrolled.value = { top: element.scrollTop, height: element.clientHeight });
    measure();
    const observer =
      typeof ResizeObserver === "undefined" ? null : new ResizeObserver(measure);
    observer?.observe(element);
    return () => observer?.disconnect();
  }, []);
  // By hand: a row that reads `hovered` itself would make all rows render at each move.
  useSignalEffect(() => {
    const name = hovered.value;
    const body = box.current;
    body?.querySelector(".gx-hover")?.classList.remove("gx-hover");
    if (name !== null) body?.querySelector(`[data-run="${CSS.escape(name)}"]`)?.classList.add("gx-hover");
  });
  const all = rows.value;
  const { top, height } = scrolled.value;
  const first = Math.max(0, Math.floor(top / ROW) - SPARE);
  const last = Math.min(all.length, Math.ceil((top + height) / ROW) + SPARE);
  const shown = shownColumns.value;
  const at = Math.min(active.value, all.length - 1);
  const width = shown.reduce((sum, column) => sum + column.width, 0);

  const go = (to: number) => {
    const next = Math.max(0, Math.min(all.length - 1, to));
    active.value = next;
    const element = box.current!;
    if (next * ROW < element.scrollTop) element.scrollTop = next * ROW;
    const bottom = (next + 1) * ROW + HEAD - element.clientHeight;
    if (bottom > element.scrollTop) element.scrollTop = bottom;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if ((event.target as HTMLElement).closest("th, input") !== null) return;
    if (press(event, all[at], go, at, Math.floor(height / ROW))) event.preventDefault();
  };
  return (
    <div
      class="gx-table"
      ref={box}
      tabIndex={0}
      role="grid"
      aria-label="Runs"
      aria-rowcount={all.length + 1}
      aria-colcount={shown.length}
      aria-multiselectable="true"
      aria-activedescendant={all.length > 0 ? `gx-row-${at}` : undefined}
      onScroll={(event) =>
        (scrolled.value = { ...scrolled.peek(), top: event.currentTarget.scrollTop })
      }
      onKeyDown={onKeyDown}
      onPointerLeave={() => hoverSoon(null)}
    >
      <table role="presentation" style={{ width: `${width}px` }}>
        <colgroup>
          {shown.map((column) => (
            <col key={column.key} style={{ width: `${column.width}px` }} />
          ))}
        </colgroup>
        <thead role="rowgroup">
          <tr role="row" aria-rowindex={1}>
            {shown.map((column) => (
              <Head key={column.key} column={column} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {first > 0 && <Space rows={first} />}
          {all.slice(first, last).map((row, i) => (
            <TableRow
              key={row.kind === "run" ? row.run.name : `group ${row.group.label}`}
              row={row}
              index={first + i}
              active={first + i === at}
              columns={shown}
              now_s={now_s}
            />
          ))}
          {last < all.length && <Space rows={all.length - last} />}
        </tbody>
      </table>
      {all.length === 0 && runs.value.length > 0 && (
        <p class="gx-empty" role="status">
          No run passes the search and the filter.
        </p>
      )}
    </div>
  );
}

/** What a key does to a row; whether it did something. */
function press(
  event: KeyboardEvent,
  row: Row | undefined,
  go: (to: number) => void,
  at: number,
  page: number,
): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const moves: Record<string, number> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: Infinity,
  };
  const to = moves[event.key];
  if (to !== undefined) {
    go(to);
    return true;
  }
  if (row === undefined) return false;
  if (row.kind === "group") {
    if (event.key !== "Enter" && event.key !== " ") return false;
    toggleGroup(row.group.label);
    return true;
  }
  const { name } = row.run;
  const actions: Record<string, () => void> = {
    " ": () => toggleRun(name),
    Enter: () => (location.hash = links.run(name)),
    x: () => tick(name),
    b: () => (baseline.value = baseline.value === name ? null : name),
    c: () => nextColour(name),
  };
  const action = actions[event.key];
  action?.();
  return action !== undefined;
}

function Head({ column }: { column: Column }) {
  const { key, down } = sort.value;
  const sorted = key === column.key;
  const falling = (column.goal === "higher" || column.kind === "time") !== down;
  return (
    <th
      role="columnheader"
      scope="col"
      class={NUMERIC.has(column.kind) ? "gx-num" : ""}
      aria-sort={sorted ? (falling ? "descending" : "ascending") : undefined}
    >
      <button
        type="button"
        title={`Sort by ${column.title}`}
        onClick={() => (sort.value = { key: column.key, down: sorted ? !down : false })}
      >
        <span class="gx-clip">{column.title}</span>
        {sorted && <span class={falling ? "gx-falling" : "gx-rising"} aria-hidden="true" />}
      </button>
    </th>
  );
}

function Space({ rows: count }: { rows: number }) {
  return <tr role="presentation" aria-hidden="true" style={{ height: `${count * ROW}px` }} />;
}

interface RowProps {
  row: Row;
  index: number;
  active: boolean;
  columns: readonly Column[];
  now_s: number;
}

function TableRow(props: RowProps) {
  const { row } = props;
  return row.kind === "run" ? <RunLine {...props} run={row.run} /> : <GroupLine {...props} />;
}

function RunLine({ run, index, active: isActive, columns, now_s }: RowProps & { run: RunRow }) {
  const { name } = run;
  const on = visibleNames.value.has(name);
  const marks = [
    isActive && "gx-active",
    baseline.value === name && "gx-base",
    !on && "gx-off",
    run.hidden && "gx-hidden-run",
    groupBy.value !== null && "gx-member",
  ];
  return (
    <tr
      id={`gx-row-${index}`}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={ticked.value.has(name)}
      class={marks.filter(Boolean).join(" ")}
      data-run={name}
      onPointerEnter={() => hoverSoon(name)}
      onClick={(event) => rowClicked(event, name, index)}
    >
      {columns.map((column, i) =>
        i === 0 ? (
          <td key="name" role="gridcell" class="gx-name">
            <Name run={run} on={on} />
          </td>
        ) : (
          <td key={column.key} role="gridcell" class={NUMERIC.has(column.kind) ? "gx-num" : ""}>
            <Cell column={column} run={run} now_s={now_s} />
          </td>
        ),
      )}
    </tr>
  );
}

function rowClicked(event: JSX.TargetedMouseEvent<HTMLElement>, name: string, index: number): void {
  active.value = index;
  if ((event.target as HTMLElement).closest("a, button, input") !== null) return;
  if (event.ctrlKey || event.metaKey) tick(name);
}

function Name({ run, on }: { run: RunRow; on: boolean }) {
  const { name } = run;
  const isBase = baseline.value === name;
  const place = groupPlace(run) ?? placeOf(name);
  return (
    <>
      <input
        type="checkbox"
        tabIndex={-1}
        class="gx-tick"
        checked={ticked.value.has(name)}
        aria-label={`Tick ${name}`}
        onChange={() => tick(name)}
      />
      <button
        type="button"
        tabIndex={-1}
        class="gx-eye"
        aria-pressed={on}
        aria-label={`Curves of ${name}`}
        title={on ? "Hide its curves (space)" : "Show its curves (space)"}
        style={{ "--colour": colourAt(place) }}
        data-dash={roundAt(place) || undefined}
        onClick={(event) => (event.altKey ? nextColour(name) : toggleRun(name))}
      />
      <a href={links.run(name)} tabIndex={-1} class="gx-clip" title={name}>
        {name}
      </a>
      <button
        type="button"
        tabIndex={-1}
        class={`gx-pin${isBase ? " gx-on" : ""}`}
        aria-pressed={isBase}
        aria-label={`${name} is the baseline`}
        title={isBase ? "No baseline (b)" : "Make it the baseline of all deltas (b)"}
        onClick={() => (baseline.value = isBase ? null : name)}
      >
        <Icon name="pin" />
      </button>
    </>
  );
}

function GroupLine({ row, index, active: isActive, columns }: RowProps) {
  if (row.kind !== "group") return null;
  const { group, open } = row;
  const names = group.runs.map((run) => run.name);
  const on = names.some((name) => visibleNames.value.has(name));
  return (
    <tr
      id={`gx-row-${index}`}
      role="row"
      aria-rowindex={index + 2}
      class={`gx-group-row${isActive ? " gx-active" : ""}`}
    >
      {columns.map((column, i) =>
        i === 0 ? (
          <td key="name" role="gridcell" class="gx-name">
            <button
              type="button"
              tabIndex={-1}
              class="gx-eye"
              aria-pressed={on}
              aria-label={`Curves of ${group.label}`}
              style={{ "--colour": colourAt(group.place) }}
              data-dash={roundAt(group.place) || undefined}
              onClick={() => switchRuns(names, !on)}
            />
            <button
              type="button"
              tabIndex={-1}
              class="gx-unfold"
              aria-expanded={open}
              onClick={() => toggleGroup(group.label)}
            >
              <span class="gx-fold" aria-hidden="true" />
              <span class="gx-clip">{group.label}</span>
              <span class="gx-count">{names.length}</span>
            </button>
          </td>
        ) : (
          <td key={column.key} role="gridcell" class={NUMERIC.has(column.kind) ? "gx-num" : ""}>
            {column.kind === "metric" && number(meanOf(column, group.runs))}
          </td>
        ),
      )}
    </tr>
  );
}

/** The present, every half minute: ages grow while the page is open. */
function useNow(): number {
  const [now_s, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now_s;
}
