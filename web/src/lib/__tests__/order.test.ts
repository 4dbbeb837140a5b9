import { expect, test } from "vitest";
import { byValue } from "../order";

test("numbers by their size, then names with numbers in them", () => {
  const values = ["b10", "0.1", "1e-3", "b2", "0.03", "", "-2", "10"];
  expect(values.sort(byValue)).toEqual(["-2", "1e-3", "0.03", "0.1", "10", "", "b2", "b10"]);
});
