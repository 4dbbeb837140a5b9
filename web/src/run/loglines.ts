/** The lines of a log: search, wrapping into rows of equal height, appended text. Pure. */
import type { Output } from "../data/types";
import { strip } from "./ansi";

/** A log as far as it is here: its lines, with escape codes. */
export interface Log {
  first: number; // number of the first line that is here, from 1
  lines: string[];
  total: number; // of the whole log
}

export function logOf(output: Output): Log {
  return { first: output.first_line + 1, lines: linesOf(output.text), total: output.lines };
}

/** Lines of a text; a line feed at its end begins none. */
export function linesOf(text: string): string[] {
  const lines = text.split("\n").map((line) => line.replace(/\r$/, "").replaceAll("\t", "    "));
  if (lines[lines.length - 1] === "") lines.pop();
  return lines;
}

/**
 * Put text that the server told of in its place: it replaces all lines from `firstLine` (from 0)
 * on. A bar that was drawn anew is told again; after a gap the log begins with the new lines.
 */
export function append(log: Log, text: string, firstLine: number): Log {
  const at = firstLine + 1 - log.first;
  const joins = at >= 0 && at <= log.lines.length;
  const lines = [...(joins ? log.lines.slice(0, at) : []), ...linesOf(text)];
  const first = joins ? log.first : firstLine + 1;
  return { first, lines, total: first + lines.length - 1 };
}

/** Put an earlier page before what is here. */
export function prepend(log: Log, output: Output): Log {
  const first = output.first_line + 1;
  const earlier = linesOf(output.text).slice(0, Math.max(0, log.first - first));
  return { ...log, first, lines: [...earlier, ...log.lines] };
}

/** One row on the screen: a part of a line. */
export interface Row {
  line: number; // index into Log.lines
  from: number; // characters of its plain text
  to: number;
}

/** Lines as rows of at most `columns` characters; Infinity: one row a line. */
export function rowsOf(plains: readonly string[], which: readonly number[], columns: number): Row[] {
  const rows: Row[] = [];
  for (const line of which) {
    const length = plains[line]?.length ?? 0;
    if (length <= columns) {
      rows.push({ line, from: 0, to: length });
      continue;
    }
    for (let from = 0; from < length; from += columns)
      rows.push({ line, from, to: Math.min(length, from + columns) });
  }
  return rows;
}

export interface Hit {
  line: number;
  from: number;
  to: number;
}

/** All places of a text, whatever its case; lines are given without escape codes. */
export function findAll(plains: readonly string[], needle: string, most = 10_000): Hit[] {
  const hits: Hit[] = [];
  const wanted = needle.toLowerCase();
  if (!wanted) return hits;
  for (let line = 0; line < plains.length && hits.length < most; line += 1) {
    const text = plains[line]!.toLowerCase();
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
      hits.push({ line, from: at, to: at + wanted.length });
      if (hits.length >= most) break;
    }
  }
  return hits;
}

/** Lines without escape codes. */
export function plainLines(lines: readonly string[]): string[] {
  return lines.map(strip);
}
