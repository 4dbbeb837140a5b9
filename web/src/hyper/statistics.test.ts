import { describe, expect, it } from "vitest";
import { correlationRatio, pearson, ranks, spearman, spread } from "./statistics";

describe("pearson", () => {
  it("is 1 and -1 on lines", () => {
    expect(pearson([1, 2, 3], [2, 4, 6])).toBeCloseTo(1);
    expect(pearson([1, 2, 3], [3, 2, 1])).toBeCloseTo(-1);
  });
  it("has the value of a textbook", () => {
    // Anscombe's first quartet, 1973.
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    expect(pearson(x, y)).toBeCloseTo(0.81642, 4);
  });
  it("is unknown without variation or with fewer than three pairs", () => {
    expect(pearson([1, 1, 1], [1, 2, 3])).toBeNull();
    expect(pearson([0.1, 0.1, 0.1], [1e-9, 2, 3])).toBeNull();
    expect(pearson([1, 2], [1, 2])).toBeNull();
  });
});

it("ranks share their mean where values are equal", () => {
  expect(ranks([10, 20, 10, 5])).toEqual([2.5, 4, 2.5, 1]);
});

it("spearman sees order only", () => {
  expect(spearman([1, 2, 3, 4], [1, 10, 100, 1000])).toBeCloseTo(1);
  expect(spearman([1, 2, 3, 4], [1, 10, 1000, 100])).toBeCloseTo(0.8);
});

describe("correlationRatio", () => {
  it("is 1 where the category tells all, 0 where it tells nothing", () => {
    expect(correlationRatio(["a", "a", "b", "b"], [1, 1, 2, 2])).toBeCloseTo(1);
    expect(correlationRatio(["a", "a", "b", "b"], [1, 2, 1, 2])).toBeCloseTo(0);
  });
  it("is the root of the share of variance between the groups", () => {
    // Groups 1, 3 and 5, 7: between 16, within 4.
    expect(correlationRatio(["a", "a", "b", "b"], [1, 3, 5, 7])).toBeCloseTo(Math.sqrt(16 / 20));
  });
  it("is unknown for one category, for as many as values, and without variance", () => {
    expect(correlationRatio(["a", "a", "a"], [1, 2, 3])).toBeNull();
    expect(correlationRatio(["a", "b", "c"], [1, 2, 3])).toBeNull();
    expect(correlationRatio(["a", "b", "b"], [2, 2, 2])).toBeNull();
  });
});

it("tells mean, deviation and ends", () => {
  expect(spread([1, 2, 3])).toEqual({ n: 3, mean: 2, deviation: 1, min: 1, max: 3 });
  expect(spread([4]).deviation).toBe(0);
});
