import { describe, expect, it } from "vitest";
import type { HistogramSeries } from "../data/types";
import { columnEnds, densities, edgesAt, nearestIndex, sampleAt, tensorName, valueRange } from "./histogram";

function series(edges: HistogramSeries["edges"], counts: number[][], steps = counts.map((_, i) => i)): HistogramSeries {
  return { name: "gradients/w", kind: "gradients", steps, edges, counts, stats: {} };
}

describe("edgesAt", () => {
  it("reads shared edges, edges of each sample, and two ends", () => {
    expect(edgesAt(series([0, 1, 2], [[1, 1]]), 0)).toEqual([0, 1, 2]);
    expect(edgesAt(series([[0, 1, 2]], [[1, 1]]), 0)).toEqual([0, 1, 2]);
    expect(edgesAt(series([[0, 4]], [[1, 1, 0, 2]]), 0)).toEqual([0, 1, 2, 3, 4]);
  });
  it("has none where the tensor was not finite or edges do not fit", () => {
    expect(edgesAt(series([null], [[1, 1]]), 0)).toBeNull();
    expect(edgesAt(series([[0, 1, 2, 3, 4]], [[1, 1]]), 0)).toBeNull();
  });
});

describe("valueRange", () => {
  it("covers all samples", () => {
    expect(valueRange(series([[-1, 0, 1], [-2, 0, 3]], [[1, 1], [1, 1]]))).toEqual([-2, 3]);
  });
  it("cuts a spike off, and knows when nothing is finite", () => {
    const edges = Array.from({ length: 40 }, (_, i) => (i === 20 ? [-1000, 0, 1000] : [-1, 0, 1]));
    expect(valueRange(series(edges, edges.map(() => [1, 1])))).toEqual([-1, 1]);
    expect(valueRange(series([null], [[1]]))).toBeNull();
  });
});

describe("densities", () => {
  it("shares counts among the rows that a bin covers, each sample's densest row 1", () => {
    const found = densities(series([[0, 2, 4], [0, 4, 8]], [[2, 0], [4, 0]]), [0, 4], 4);
    expect([...found.subarray(0, 4)]).toEqual([1, 1, 0, 0]);
    expect([...found.subarray(4, 8)]).toEqual([1, 1, 1, 1]);
  });
  it("puts a bin without width into one row, and marks samples that are not finite", () => {
    const found = densities(series([[1, 1], null], [[5], [5]]), [0, 4], 4);
    expect([...found.subarray(0, 4)]).toEqual([0, 1, 0, 0]);
    expect(found.subarray(4).every(Number.isNaN)).toBe(true);
  });
});

it("finds places among steps", () => {
  expect([0, 4, 7, 99].map((step) => sampleAt([2, 5, 7], step))).toEqual([0, 0, 2, 2]);
  expect([0, 3, 3.6, 99].map((x) => nearestIndex([2, 5, 7], x))).toEqual([0, 0, 1, 2]);
  expect(nearestIndex([], 1)).toBe(-1);
  expect(columnEnds([0, 10, 20, 30])).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(columnEnds([0, 10, 30])[2]).toBeCloseTo(25 / 45);
  expect(columnEnds([4])).toEqual([0, 1]);
});

it("names tensors without their kind", () => {
  expect(tensorName(series([0, 1], [[1]]))).toBe("w");
});
