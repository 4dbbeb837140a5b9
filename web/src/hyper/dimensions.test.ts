import { describe, expect, it } from "vitest";
import type { RunRow } from "../data/types";
import { defaultAxes } from "./choices";
import { correlations } from "./correlations";
import { brushed, configDimension, dimensionNamed, dimensionsOf, idOf, isUsable, mainMetric, metricDimension, varies } from "./dimensions";
import { groupsBy } from "./groups";
import { ramp, sharesOf } from "./ramp";
import { placeWords, scaleOf } from "./scale";

function run(name: string, config: Record<string, unknown>, loss: number | null, goal: string | null = "lower"): RunRow {
  const metrics = loss === null ? {} : { "val/loss": { last: loss * 2, min: loss, max: 9, goal }, step_time: { last: 1, goal: null } };
  return { name, config, metrics, status: "finished", duration_s: 5, created_at: "2026-01-01T00:00:00Z" } as unknown as RunRow;
}

const runs = [
  run("a", { lr: 0.0001, opt: "adam", same: 1, width: 32 }, 3),
  run("b", { lr: 0.01, opt: "sgd", same: 1, width: 64 }, 1),
  run("c", { lr: 0.1, opt: "adam", same: 1, width: 256 }, 2),
  run("d", { lr: "NaN", same: 1, width: 64 }, null),
];

describe("dimensionsOf", () => {
  it("has the keys that differ, all metrics and the duration", () => {
    expect(dimensionsOf(runs).map(idOf)).toEqual(["config:lr", "config:opt", "config:width", "metric:val/loss", "metric:step_time", "fact:duration_s"]);
  });
  it("takes numbers as numbers and the rest by name; what is missing is none", () => {
    const lr = configDimension(runs, "lr");
    expect([lr.numeric, lr.log, lr.numbers[1], lr.numbers[3]]).toEqual([true, true, 0.01, NaN]);
    const opt = configDimension(runs, "opt");
    expect([opt.names, opt.numbers, opt.texts[3]]).toEqual([["adam", "sgd"], [0, 1, 0, NaN], ""]);
    expect(configDimension(runs, "width").log).toBe(true);
    expect(varies(configDimension(runs, "same"))).toBe(false);
    expect(isUsable(configDimension(runs, "nowhere"))).toBe(false);
  });
  it("takes a metric's best value where there is a goal, else its last", () => {
    expect(metricDimension(runs, "val/loss").numbers).toEqual([3, 1, 2, NaN]);
    expect(metricDimension(runs, "step_time").numbers).toEqual([1, 1, 1, NaN]);
    expect(mainMetric(dimensionsOf(runs))!.key).toBe("val/loss");
  });
  it("finds a column by the name that an author writes", () => {
    expect(dimensionNamed(runs, "val/loss").kind).toBe("metric");
    expect(dimensionNamed(runs, "config.lr").numbers[0]).toBe(0.0001);
  });
});

describe("brushed", () => {
  const axes = dimensionsOf(runs);
  it("picks runs that lie in an interval of every brushed axis", () => {
    expect(brushed(axes, new Map())).toBeNull();
    expect(brushed(axes, new Map([["config:lr", []]]))).toBeNull();
    expect(brushed(axes, new Map([["config:lr", [[0.001, 1]]]]))).toEqual([1, 2]);
    expect(brushed(axes, new Map([["config:lr", [[0.001, 1]]], ["config:opt", [[-0.4, 0.4]]]]))).toEqual([2]);
    expect(brushed(axes, new Map([["config:lr", [[0, 0.001], [0.05, 1]]]]))).toEqual([0, 2]);
  });
});

it("ranks keys by how they go together with the metric", () => {
  const more = [...runs, run("e", { lr: 0.05, opt: "sgd", width: 128 }, 1.5)];
  const metric = metricDimension(more, "val/loss");
  const rows = correlations(dimensionsOf(more), metric);
  expect(rows.map((row) => [row.key, row.n, row.numeric])).toEqual(expect.arrayContaining([["lr", 4, true], ["opt", 4, false]]));
  expect(rows.find((row) => row.key === "opt")).toMatchObject({ pearson: null, spearman: null });
  expect(rows.every((row, i) => i === 0 || rows[i - 1]!.strength >= row.strength)).toBe(true);
  expect(defaultAxes(dimensionsOf(more), metric).map((axis) => axis.key)).toEqual(["lr", "opt", "width", "val/loss"]);
});

it("groups runs by a column, in the order of its values", () => {
  const found = groupsBy(configDimension(runs, "opt"), metricDimension(runs, "val/loss"));
  expect(found.map(({ name, spread }) => [name, spread.n, spread.mean])).toEqual([["adam", 2, 2.5], ["sgd", 1, 1]]);
});

describe("scaleOf", () => {
  it("has its words at the values themselves where they are few", () => {
    const width = configDimension(runs, "width");
    const scale = scaleOf(width, width.log);
    expect(scale.ticks.map((at) => placeWords(width, scale, at))).toEqual(["32", "64", "256"]);
    const opt = configDimension(runs, "opt");
    expect(scaleOf(opt, false).ticks.map((at) => placeWords(opt, scaleOf(opt, false), at))).toEqual(["adam", "sgd"]);
  });
  it("else at round values", () => {
    const many = Array.from({ length: 50 }, (_, i) => run(`r${i}`, { x: 1 + i * 0.37 }, 1));
    const x = configDimension(many, "x");
    expect(scaleOf(x, false, 0.05).ticks).toEqual([5, 10, 15, 20]);
  });
  it("has room where all values are one", () => {
    const one = scaleOf(metricDimension(runs.slice(0, 1), "val/loss"), false);
    expect(one.low).toBeLessThan(3);
    expect(one.high).toBeGreaterThan(3);
  });
});

it("mixes colours between its stops", () => {
  expect(ramp(0, false)).toBe("#2d2a8a");
  expect(ramp(2, false)).toBe(ramp(1, false));
  expect(sharesOf([1, 10, 100], true)).toEqual([0, expect.closeTo(0.5), 1]);
  expect(sharesOf([1, 1], false)).toEqual([0.5, 0.5]);
  expect(sharesOf([0, NaN, 4], false)).toEqual([0, NaN, 1]);
});
