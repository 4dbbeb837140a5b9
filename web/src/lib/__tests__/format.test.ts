import { expect, test } from "vitest";
import { age, bytes, duration, moment, number, percent, signed, value } from "../format";

// The same spellings as gitexp/render/text.py has.
test.each([
  [0.012345, "0.01235"], [12346, "12346"], [0.00001235, "1.235e-5"], [0.00042, "0.00042"],
  [1234567, "1234567"], [1e9, "1e9"], [3.0, "3"], ["NaN", "NaN"], ["-Infinity", "-∞"],
  [null, "–"], ["text", "–"], [0.1 + 0.2, "0.3"], [-0.5, "-0.5"], [true, "1"],
])("%s reads %s", (given, text) => expect(number(given)).toBe(text)); // prettier-ignore

test("differences, shares, times and sizes", () => {
  expect([signed(0.5), signed(-3), signed(0)]).toEqual(["+0.5", "-3", "0"]);
  expect([percent(98.72), percent(250, true), percent(-0.03)]).toEqual(["98.7%", "+250%", "-0.03%"]);
  expect([0.85, 3.24, 723, 11040, 190800, -1, NaN].map((s) => duration(s))).toEqual([
    "850ms", "3.2s", "12m 3s", "3h 4m", "2d 5h", "–", "–",
  ]); // prettier-ignore
  expect([5, 200, 20_000, 2e5, 2e7, 1e9].map(age)).toEqual([
    "just now", "3 min ago", "6 h ago", "2 d ago", "8 mo ago", "32 y ago",
  ]); // prettier-ignore
  expect([812, 3500, 1.3e9].map(bytes)).toEqual(["812 B", "3.4 KiB", "1.2 GiB"]);
  expect(moment("nonsense")).toBe("–");
  expect([value({ a: 1 }), value("x"), value(null), value(false)]).toEqual([
    '{"a":1}', "x", "–", "false",
  ]); // prettier-ignore
});
