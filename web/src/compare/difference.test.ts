import { describe, expect, it } from "vitest";
import type { MetricDelta, RunRow } from "../data/types";
import { changeOf, differing, distinct, localDiff, mergeDiffs, readDiff, winners } from "./difference";

const metric = (goal: "lower" | "higher" | null, last: MetricDelta["last"], best = last): MetricDelta => ({
  key: "m",
  goal,
  last,
  best,
  best_step: last.map(() => 1),
});

describe("changeOf", () => {
  it("says better or worse by the goal", () => {
    expect(changeOf(metric("lower", [2, 1]), 1)).toEqual({ delta: -1, pct: -50, better: true });
    expect(changeOf(metric("higher", [2, 1]), 1)!.better).toBe(false);
    expect(changeOf(metric(null, [2, 1]), 1)!.better).toBeNull();
  });
  it("knows zero, equal, missing and numbers that are not finite", () => {
    expect(changeOf(metric("lower", [0, 1]), 1)!.pct).toBeNull();
    expect(changeOf(metric("lower", [1, 1]), 1)!.better).toBeNull();
    expect(changeOf(metric("lower", [1, null]), 1)).toBeNull();
    expect(changeOf(metric("lower", ["NaN", 1]), 1)).toBeNull();
  });
});

it("finds the best of all, and none where all are equal", () => {
  expect(winners(metric("lower", [2, 1, null]))).toEqual([false, true, false]);
  expect(winners(metric("higher", [2, 2]))).toEqual([false, false]);
  expect(winners(metric(null, [2, 1]))).toEqual([false, false]);
});

it("writes as many digits as tell values apart", () => {
  expect(distinct([0.12345, 0.12346])).toEqual(["0.12345", "0.12346"]);
  expect(distinct([0.5, 0.5, null])).toEqual(["0.5", "0.5", "–"]);
});

it("finds what differs: a key that is missing, and nothing that is equal", () => {
  expect(differing([{ a: 1, b: [1], c: 2 }, { a: 1, b: [1] }])).toEqual([{ key: "c", values: [2, null] }]);
});

const json = (second: string, lr: number) => ({
  names: ["a", second],
  statuses: ["finished", "failed"],
  config: { lr: [0.1, lr] },
  metrics: [{ key: "loss", goal: "lower", last: [1, lr], best: [1, lr], best_step: [3, 4] }],
  code: [{ which: 1, files: [{ path: "x.py", status: "M", added: 1, removed: 0, old_path: null }], patch: "…" }],
  environment: second === "b" ? { "package.torch": ["1", "2"] } : {},
  hardware: {},
  checkpoints: [],
  command: ["run a", `run ${second}`],
  summary: [],
});

describe("readDiff and mergeDiffs", () => {
  it("read mappings and lists alike", () => {
    expect(readDiff(json("b", 0.2)).config).toEqual([{ key: "lr", values: [0.1, 0.2] }]);
    expect(readDiff({ ...json("b", 0.2), config: [{ key: "lr", values: [0.1, 0.2] }] }).config).toEqual([
      { key: "lr", values: [0.1, 0.2] },
    ]);
    expect(readDiff({}).names).toEqual([]);
  });
  it("join pairs with one baseline: a run without a difference has the baseline's value", () => {
    const diff = mergeDiffs([readDiff(json("b", 0.2)), readDiff(json("c", 0.3))]);
    expect(diff.names).toEqual(["a", "b", "c"]);
    expect(diff.config[0]!.values).toEqual([0.1, 0.2, 0.3]);
    expect(diff.environment).toEqual([{ key: "package.torch", values: ["1", "2", "1"] }]);
    expect(diff.metrics[0]!.last).toEqual([1, 0.2, 0.3]);
    expect(diff.code.map((code) => code.which)).toEqual([1, 2]);
    expect(diff.command!.values).toEqual(["run a", "run b", "run c"]);
  });
});

it("works out a difference from the runs' facts", () => {
  const run = (name: string, lr: number, loss: number) =>
    ({
      name,
      status: "finished",
      command: ["train", String(lr)],
      config: { o: { lr } },
      metrics: { loss: { last: loss, min: loss / 2, min_step: 7, goal: "lower" } },
      summary: { loss: 1, note: "x" },
      checkpoints: [{ label: "end", bytes: 5, tensors: 2 }],
      hardware: { energy_wh: 1, co2_g: null, cost: null, mean: { "cpu.utilization_pct": lr }, peak: {} },
      duration_s: 3,
    }) as unknown as RunRow;
  const diff = localDiff([run("a", 0.1, 2), run("b", 0.2, 1)], [null, null]);
  expect(diff.config).toEqual([{ key: "o.lr", values: [0.1, 0.2] }]);
  expect(diff.metrics[0]).toMatchObject({ best: [1, 0.5], best_step: [7, 7] });
  expect(diff.hardware).toEqual([{ key: "mean.cpu.utilization_pct", values: [0.1, 0.2] }]);
  expect(diff.summary).toEqual([]);
  expect(diff.checkpoints[0]!.trees).toEqual([null, null]);
  expect(diff.command!.values).toEqual(["train 0.1", "train 0.2"]);
});
