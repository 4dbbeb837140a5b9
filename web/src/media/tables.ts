/** Logged tables: reading, sorting, searching. Pure. */
import { numberOf } from "../data/packed";
import { isNumeric } from "../lib/format";
import { isMapping } from "../lib/tree";
import { natural } from "../run/natural";

export interface Table {
  columns: string[];
  rows: unknown[][];
}

/** A table's file; anything that is no table is an empty one. */
export function readTable(data: unknown): Table {
  if (!isMapping(data) || !Array.isArray(data.columns) || !Array.isArray(data.data))
    return { columns: [], rows: [] };
  return {
    columns: data.columns.map(String),
    rows: data.data.filter((row): row is unknown[] => Array.isArray(row)),
  };
}

/** Row numbers in the order of a column; what has no value is last in both directions. */
export function sortedBy(table: Table, column: number, up: boolean): number[] {
  const order = table.rows.map((_, i) => i);
  const sign = up ? 1 : -1;
  return order.sort((a, b) => {
    const x = table.rows[a]![column];
    const y = table.rows[b]![column];
    if (isEmpty(x) || isEmpty(y)) return Number(isEmpty(x)) - Number(isEmpty(y)) || a - b;
    return sign * compare(x, y) || a - b;
  });
}

/** Numbers before text; numbers by value, text by natural order. */
export function compare(x: unknown, y: unknown): number {
  const [a, b] = [sortNumber(x), sortNumber(y)];
  if (a !== null && b !== null) return a < b ? -1 : a > b ? 1 : 0;
  if (a !== null || b !== null) return a !== null ? -1 : 1;
  return natural(cellText(x), cellText(y));
}

function sortNumber(value: unknown): number | null {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (!isNumeric(value)) return null;
  const number = numberOf(value);
  return Number.isNaN(number) ? Infinity : number;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined;
}

/** Rows of which a cell has the text. */
export function searched(table: Table, order: readonly number[], needle: string): number[] {
  const wanted = needle.trim().toLowerCase();
  if (!wanted) return [...order];
  return order.filter((i) => table.rows[i]!.some((cell) => cellText(cell).toLowerCase().includes(wanted)));
}

/** Whether a column is set like numbers: all of its known cells are. */
export function isNumberColumn(table: Table, column: number): boolean {
  const known = table.rows.slice(0, 200).filter((row) => !isEmpty(row[column]));
  return known.length > 0 && known.every((row) => isNumeric(row[column]));
}

/** A cell as text; media by their caption. */
export function cellText(cell: unknown): string {
  if (isEmpty(cell)) return "";
  if (typeof cell === "string") return cell;
  if (isMapping(cell)) return String(cell.caption ?? cell._type ?? JSON.stringify(cell));
  return typeof cell === "object" ? JSON.stringify(cell) : String(cell);
}

/** A cell that is a picture or other media: `{"_type": "image", "path": …}`. */
export function mediaCell(cell: unknown): (Record<string, unknown> & { type: string; path: string }) | null {
  if (!isMapping(cell) || typeof cell._type !== "string" || typeof cell.path !== "string") return null;
  return { ...cell, type: cell._type, path: cell.path };
}

/** The table as CSV. */
export function toCsv(table: Table, order: readonly number[]): string {
  const field = (cell: unknown) => {
    const media = mediaCell(cell);
    const text = media ? media.path : cellText(cell);
    // A spreadsheet takes a text that begins so for a formula.
    const safe = /^[=+\-@\t\r]/.test(text) && typeof cell === "string" ? `'${text}` : text;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = [table.columns, ...order.map((i) => table.rows[i]!)];
  return `${lines.map((row) => row.map(field).join(",")).join("\n")}\n`;
}
