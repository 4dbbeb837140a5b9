import { describe, expect, it } from "vitest";
import { append, findAll, linesOf, prepend, rowsOf, type Log } from "./loglines";

const log: Log = { first: 5, lines: ["a", "b"], total: 6 };

describe("append", () => {
  it("puts new lines at the end; the server counts from 0", () => {
    expect(append(log, "c\nd\n", 6)).toEqual({ first: 5, lines: ["a", "b", "c", "d"], total: 8 });
  });
  it("replaces lines that are told again: one that was not whole, or all after a reconnection", () => {
    expect(append(log, "bee\n", 5).lines).toEqual(["a", "bee"]);
    expect(append(log, "A\nB\nC\n", 4).lines).toEqual(["A", "B", "C"]);
  });
  it("begins anew after a gap", () => {
    expect(append(log, "z\n", 19)).toEqual({ first: 20, lines: ["z"], total: 20 });
  });
});

describe("prepend", () => {
  it("joins an earlier page without its overlap", () => {
    const page = { text: "x\ny\nz\na\n", first_line: 1, lines: 6 };
    expect(prepend(log, page)).toEqual({ first: 2, lines: ["x", "y", "z", "a", "b"], total: 6 });
  });
});

describe("rowsOf", () => {
  it("wraps long lines and keeps empty ones", () => {
    expect(rowsOf(["abcdef", "", "xy"], [0, 1, 2], 4)).toEqual([
      { line: 0, from: 0, to: 4 },
      { line: 0, from: 4, to: 6 },
      { line: 1, from: 0, to: 0 },
      { line: 2, from: 0, to: 2 },
    ]);
  });
  it("gives one row a line without a limit, for chosen lines only", () => {
    expect(rowsOf(["abcdef", "", "xy"], [2, 0], Infinity).map((row) => row.line)).toEqual([2, 0]);
  });
});

describe("findAll", () => {
  it("finds every place, whatever the case", () => {
    expect(findAll(["Loss loss", "no", "LOSS"], "loss")).toEqual([
      { line: 0, from: 0, to: 4 },
      { line: 0, from: 5, to: 9 },
      { line: 2, from: 0, to: 4 },
    ]);
  });
  it("stops at a limit and finds nothing of nothing", () => {
    expect(findAll(["aaaa"], "a", 3)).toHaveLength(3);
    expect(findAll(["a"], "")).toEqual([]);
  });
});

it("reads lines of either ending, tabs as spaces", () => {
  expect(linesOf("a\r\nb\tc\n")).toEqual(["a", "b    c"]);
  expect(linesOf("")).toEqual([]);
});
