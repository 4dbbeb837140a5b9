/** A logged table: sorted by any column, searched, a page at a time. */
import { useMemo, useState } from "preact/hooks";
import type { MediaItem } from "../data/types";
import { isNumeric, number, plural } from "../lib/format";
import { plain } from "../run/ansi";
import { download } from "../run/clipboard";
import { Loaded } from "../run/section";
import { useFileJson } from "./files";
import { Picture } from "./image";
import { cellText, isNumberColumn, mediaCell, readTable, searched, sortedBy, toCsv, type Table } from "./tables";

const PAGE = 50; // rows
const LONGEST = 300; // characters of a cell
const NOTHING: ReadonlySet<string> = new Set();

export function TableItem({ run, item }: { run: string; item: MediaItem }) {
  const file = useFileJson(run, item.path);
  return (
    <Loaded of={file}>
      {(data) => <TableView run={run} item={item} table={readTable(data)} />}
    </Loaded>
  );
}

function TableView({ run, item, table }: { run: string; item: MediaItem; table: Table }) {
  const [sort, setSort] = useState<{ column: number; up: boolean } | null>(null);
  const [search, setSearch] = useState("");
  const [page, setPage] = useState(0);
  const order = useMemo(() => {
    const sorted = sort ? sortedBy(table, sort.column, sort.up) : table.rows.map((_, i) => i);
    return searched(table, sorted, search);
  }, [table, sort, search]);
  const numeric = useMemo(() => table.columns.map((_, i) => isNumberColumn(table, i)), [table]);
  const pages = Math.max(1, Math.ceil(order.length / PAGE));
  const at = Math.min(page, pages - 1);
  if (!table.columns.length) return <p class="gp-empty">The file is no table.</p>;
  return (
    <div class="gp-logged-table">
      <div class="gp-bar">
        <input
          type="search"
          class="gp-search"
          placeholder="Search rows"
          aria-label={`Search rows of ${item.key} of ${run}`}
          value={search}
          onInput={(event) => {
            setSearch(event.currentTarget.value);
            setPage(0);
          }}
        />
        <span class="gp-soft" role="status">
          {plural(order.length, "row")}
        </span>
        <span class="gp-push" />
        {pages > 1 && (
          <nav aria-label="Pages of the table" class="gp-pages">
            <button type="button" class="gp-button small" disabled={at === 0} onClick={() => setPage(at - 1)} aria-label="Previous page">
              ‹
            </button>
            <span>
              {at + 1} of {pages}
            </span>
            <button type="button" class="gp-button small" disabled={at === pages - 1} onClick={() => setPage(at + 1)} aria-label="Next page">
              ›
            </button>
          </nav>
        )}
        <button
          type="button"
          class="gp-button small"
          onClick={() => download(`${item.key.replaceAll("/", "-")}-${item.step}.csv`, toCsv(table, order), "text/csv")}
        >
          CSV
        </button>
      </div>
      <div class="gp-box gp-tall" role="region" aria-label={`Table ${item.key} of ${run}`} tabIndex={0}>
        <table class="gp-table">
          <thead>
            <tr>
              {table.columns.map((column, i) => (
                <th
                  key={i}
                  scope="col"
                  class={numeric[i] ? "num" : undefined}
                  aria-sort={sort?.column === i ? (sort.up ? "ascending" : "descending") : undefined}
                >
                  <button
                    type="button"
                    class="gp-sort"
                    onClick={() => setSort({ column: i, up: sort?.column === i ? !sort.up : true })}
                  >
                    {plain(column)}
                    {sort?.column === i ? (sort.up ? " ▲" : " ▼") : ""}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {order.slice(at * PAGE, (at + 1) * PAGE).map((row) => (
              <tr key={row}>
                {table.columns.map((_, i) => (
                  <td key={i} class={numeric[i] ? "num" : undefined}>
                    <Cell run={run} item={item} cell={table.rows[row]![i]} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Cell({ run, item, cell }: { run: string; item: MediaItem; cell: unknown }) {
  const media = mediaCell(cell);
  if (media?.type === "image")
    return <Picture run={run} item={{ ...media, key: item.key, step: item.step }} hidden={NOTHING} />;
  if (cell === null || cell === undefined) return <span class="gp-soft">–</span>;
  if (isNumeric(cell)) return <>{number(cell, 5)}</>;
  const text = cellText(cell);
  return <>{plain(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text)}</>;
}
