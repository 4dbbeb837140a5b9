import { expect, test } from "vitest";
import { flatten } from "../tree";

test("keys of runs mean nothing to JavaScript", () => {
  const flat = flatten(JSON.parse('{"__proto__": {"polluted": 1}, "a": {"constructor": 2, "b": {}}}'));
  expect(Object.entries(flat)).toEqual([
    ["__proto__.polluted", 1],
    ["a.constructor", 2],
    ["a.b", {}],
  ]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});
