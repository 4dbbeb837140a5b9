import { describe, expect, it } from "vitest";
import { append, logOf, prepend } from "../loglines";

const log = logOf({ text: "two\nthree\n", first_line: 1, lines: 3 });

describe("a log's lines", () => {
  it("are numbered from 1", () => {
    expect(log).toEqual({ first: 2, lines: ["two", "three"], total: 3 });
  });

  it("grow", () => {
    expect(append(log, "four\nfive\n", 3)).toEqual({
      first: 2,
      lines: ["two", "three", "four", "five"],
      total: 5,
    });
  });

  it("are replaced where they were drawn anew, also several", () => {
    expect(append(log, "2\n3\n4\n", 1)).toEqual({ first: 2, lines: ["2", "3", "4"], total: 4 });
  });

  it("begin anew after a gap, and before what is here", () => {
    expect(append(log, "ten\n", 9)).toEqual({ first: 10, lines: ["ten"], total: 10 });
    expect(append(log, "one\n", 0)).toEqual({ first: 1, lines: ["one"], total: 1 });
  });

  it("get earlier ones before them", () => {
    const whole = prepend(log, { text: "one\n", first_line: 0, lines: 3 });
    expect(whole).toEqual({ first: 1, lines: ["one", "two", "three"], total: 3 });
  });
});
