import { expect, it } from "vitest";
import { fits } from "./glob";

it("reads patterns as a shell does", () => {
  expect(fits("gradients/*", "gradients/layer1.weight")).toBe(true);
  expect(fits("gradients/*", "parameters/x")).toBe(false);
  expect(fits("val?", "val1")).toBe(true);
  expect(fits("val?", "val")).toBe(false);
  expect(fits("run-[0-3]", "run-2")).toBe(true);
  expect(fits("run-[!0-3]", "run-2")).toBe(false);
});

it("takes every other character as itself", () => {
  expect(fits("a.b", "axb")).toBe(false);
  expect(fits("a+(b)|{c}^$\\", "a+(b)|{c}^$\\")).toBe(true);
  expect(fits("[odd", "[odd")).toBe(true);
  expect(fits("[z-a]", "b")).toBe(false);
});
