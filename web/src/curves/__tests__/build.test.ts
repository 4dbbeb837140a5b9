import { beforeEach, expect, test } from "vitest";
import { pack, run } from "../../data/__tests__/fixture";
import { unpack } from "../../data/packed";
import { runs, updateRuns } from "../../state/runs";
import { buildLines, stepsWithin, type Building } from "../build";

function building(changes: Partial<Building> = {}): Building {
  const entries = unpack(
    pack([
      { run: "a", values: [1, 2, 3], steps: [0, 10, 20], times: [0, 1, 2], total: 300 },
      { run: "b", values: [3, 2, 1], steps: [0, 10, 20], times: [5, 6, 7] },
    ]),
  );
  return {
    runs: runs.value,
    groups: null,
    entries: new Map(entries.map((entry) => [entry.run, entry])),
    others: null,
    axis: "step",
    smoothing: 0,
    band: "range",
    baseline: null,
    ...changes,
  };
}

beforeEach(() => {
  runs.value = [];
  updateRuns([run("a"), run("b"), run("without the metric")], []);
});

test("runs without the metric have no line, and the baseline lies on top", () => {
  const lines = buildLines(building({ baseline: "a" }));
  expect(lines.map(({ label, strong }) => [label, strong])).toEqual([
    ["b", false],
    ["a", true],
  ]);
});

test("only the run that grew gets a new line", () => {
  const of = building();
  const before = buildLines(of);
  const grown = new Map(of.entries);
  grown.set("a", { ...of.entries.get("a")! });
  const after = buildLines({ ...of, entries: grown });
  expect(after.map((line, i) => line === before[i])).toEqual([false, true]);
  expect(buildLines({ ...of, smoothing: 0.5 })[1]).not.toBe(before[1]);
});

test("a group is one line, named by what its runs share", () => {
  const groups = [{ label: "adam", runs: runs.value, place: 2 }];
  const [mean] = buildLines(building({ groups, smoothing: 0.5, baseline: "b" }));
  expect(mean).toMatchObject({ label: "adam", runs: ["a", "b"], strong: true });
  expect(mean!.ys[0]).toBe(2);
});

test("a closer look asks for the steps of thinned runs only", () => {
  expect(stepsWithin(building(), [12, 14])).toEqual([10, 20]);
  expect(stepsWithin(building(), [10, 10])).toEqual([0, 20]);
  const whole = building();
  whole.entries.get("a")!.total = 3;
  expect(stepsWithin(whole, [12, 14])).toBeNull();
});
