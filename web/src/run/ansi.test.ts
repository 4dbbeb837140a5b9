import { describe, expect, it } from "vitest";
import { pieces, plain, split, strip } from "./ansi";

const E = "\x1b[";

describe("pieces", () => {
  it("gives stretches of one style", () => {
    expect(pieces(`a${E}1;31mb${E}0mc`)).toEqual([
      { text: "a", style: "" },
      { text: "b", style: "bold fg-1" },
      { text: "c", style: "" },
    ]);
  });
  it("keeps one colour for each ground", () => {
    expect(pieces(`${E}31m${E}32;44mx${E}39my${E}49mz`)).toEqual([
      { text: "x", style: "fg-2 bg-4" },
      { text: "y", style: "bg-4" },
      { text: "z", style: "" },
    ]);
  });
  it("brings 256 and true colours to the sixteen", () => {
    expect(pieces(`${E}38;5;196mr`)[0]!.style).toBe("fg-9");
    expect(pieces(`${E}38;2;0;0;120mb`)[0]!.style).toBe("fg-4");
    expect(pieces(`${E}38:2::250:250:250mw`)[0]!.style).toBe("fg-15");
    expect(pieces(`${E}48;5;240mg`)[0]!.style).toBe("bg-8");
  });
  it("ends bold and dim together", () => {
    expect(pieces(`${E}1;2mx${E}22my`)).toEqual([
      { text: "x", style: "bold dim" },
      { text: "y", style: "" },
    ]);
  });
  it("survives codes that are cut off", () => {
    expect(pieces(`${E}38;5mx`)).toEqual([{ text: "x", style: "" }]);
    expect(pieces(`${E}38;2;1mx`).map((piece) => piece.text).join("")).toBe("x");
  });
  it("drops what is not a style: cursor moves, titles, links", () => {
    const line = `${E}2Ka\x1b]8;;javascript:alert(1)\x07b\x1b]8;;\x07${E}?25lc`;
    expect(pieces(line)).toEqual([{ text: "abc", style: "" }]);
    expect(strip(line)).toBe("abc");
  });
  it("gives no piece for nothing", () => {
    expect(pieces("")).toEqual([]);
    expect(pieces(`${E}31m${E}0m`)).toEqual([]);
  });
});

describe("plain", () => {
  it("makes control characters and turned text visible", () => {
    expect(plain("a\x00b\x7f\u202ec")).toBe("a␀b␡⟨U+202E⟩c");
    expect(plain("tab\tand\nline")).toBe("tab\tand\nline");
  });
});

describe("split", () => {
  it("cuts pieces where a match begins and ends", () => {
    const line = pieces(`ab${E}31mcd`);
    expect(split(line, [[1, 3]]).map(({ text, hit }) => (hit ? `[${text}]` : text))).toEqual([
      "a",
      "[b]",
      "[c]",
      "d",
    ]);
  });
});
