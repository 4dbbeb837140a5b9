import { describe, expect, test } from "vitest";
// The same file is read by tests/query/test_where_cases.py: page and command line agree.
import golden from "../../../../tests/golden/where-cases.json";
import type { RunRow } from "../../data/types";
import { compileWhere, WhereError } from "../where";

const cases = {
  ...golden,
  run: golden.run as unknown as RunRow,
  errors: golden.errors as { text: string; column: number | null; why: string }[],
};
const now_s = Date.parse(cases.now) / 1000;

describe("the cases that the command line is tested with", () => {
  test.each(cases.holds)("%s", (text) => {
    expect(compileWhere(text, [], now_s)(cases.run)).toBe(true);
  });
  test.each(cases.does_not_hold)("not: %s", (text) => {
    expect(compileWhere(text, [], now_s)(cases.run)).toBe(false);
  });
  test.each(cases.errors)("wrong: $text", ({ text, column, why }) => {
    let caught: unknown;
    try {
      compileWhere(text, [cases.run], now_s);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(WhereError);
    expect((caught as WhereError).why).toContain(why);
    if (column !== null) expect((caught as WhereError).column).toBe(column);
  });
});

test("names that may have been meant are suggested", () => {
  expect(() => compileWhere("val_los < 1", [cases.run])).toThrow("did you mean val_loss?");
  expect(() => compileWhere("train < 1", [cases.run])).toThrow('metric["train/loss"]');
});

test("depth and length are errors, never a crash", () => {
  for (const text of ["-".repeat(3000) + "1", "not ".repeat(900) + "a", "(".repeat(2000), "x".repeat(5000)])
    expect(() => compileWhere(text, [])).toThrow(WhereError);
});

test("names of JavaScript's own are nobody's", () => {
  for (const text of ["constructor", "config.constructor", "metrics.__proto__", "toString == 1"])
    expect(compileWhere(text, [])(cases.run)).toBe(false);
  expect(() => compileWhere("constructor(1)", [])).toThrow("no function");
  expect(() => compileWhere("name.toString()", [])).toThrow("no function");
});
