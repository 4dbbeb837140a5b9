import { describe, expect, test } from "vitest";
import { unpack } from "../../data/packed";
import { pack } from "../../data/__tests__/fixture";
import { around, closest, readings } from "../cursor";
import { figureCsv, figureSvg, ticks } from "../export";
import { merged } from "../build";
import { meanLine } from "../groups";
import { lineOf, nearest, within, xValues, type Line } from "../lines";
import { outlines, polylines, project } from "../project";
import { xRange, yRange } from "../range";
import { smoothed } from "../smooth";

const look = { label: "a", colour: "#000", dash: [], strong: false };

function entry(values: number[], steps?: number[], times?: number[]) {
  return unpack(pack([{ run: "a", values, steps, times, wide: true }]))[0]!;
}

function line(values: number[], steps?: number[], label = "a"): Line {
  const found = entry(values, steps);
  return lineOf(found, { ...look, label }, found.steps, 0);
}

const frame = (y: [number, number], log = false) => ({
  left: 0,
  top: 0,
  width: 100,
  height: 100,
  x: { min: 0, max: 10, log: false },
  y: { min: y[0], max: y[1], log },
});

describe("smoothing", () => {
  test("a constant stays what it is, from its first value on", () => {
    expect([...smoothed(Float64Array.of(3, 3, 3), 0.9)].map((v) => v.toFixed(9))).toEqual(
      Array(3).fill("3.000000000"),
    );
  });
  test("values are weighted by their age", () => {
    const [, second] = smoothed(Float64Array.of(0, 1), 0.5);
    expect(second).toBeCloseTo(0.5 / 0.75);
  });
  test("NaN stays where it is and spoils nothing", () => {
    const found = smoothed(Float64Array.of(2, NaN, Infinity, 2), 0.5);
    expect([...found]).toEqual([2, NaN, Infinity, 2]);
  });
  test("none gives the same array back", () => {
    const values = Float64Array.of(1, 2);
    expect(smoothed(values, 0)).toBe(values);
  });
});

describe("x axes", () => {
  test("time since the run's start", () => {
    const found = entry([1, 2], undefined, [5, 9]);
    expect([...xValues(found, "relative", 1003)]).toEqual([2, 6]);
    expect([...xValues(entry([1]), "time", 0)]).toEqual([NaN]);
  });
  test("another metric: its newest value at each point, none before it began", () => {
    const other = entry([10, 20], [2, 4]);
    expect([...xValues(entry([1, 2, 3, 4], [1, 2, 3, 5]), { metric: "epoch" }, 0, other)]).toEqual([
      NaN, 10, 10, 20,
    ]); // prettier-ignore
    expect([...xValues(entry([1]), { metric: "epoch" }, 0)]).toEqual([NaN]);
  });
  test("points without x are left out, and x that goes back is sorted", () => {
    const found = lineOf(entry([1, 2, 3]), look, Float64Array.of(5, NaN, 4), 0);
    expect([...found.xs]).toEqual([4, 5]);
    expect([...found.ys]).toEqual([3, 1]);
  });
  test("values that are not finite are told with their x", () => {
    expect(line([1, NaN, Infinity]).bad).toEqual([
      { x: 1, value: NaN },
      { x: 2, value: Infinity },
    ]);
  });
});

test("the nearest point, and those of a range with their neighbours", () => {
  const xs = Float64Array.of(0, 10, 20, 30);
  expect([nearest(xs, -5), nearest(xs, 14), nearest(xs, 16), nearest(xs, 99)]).toEqual([0, 1, 2, 3]);
  expect(nearest(new Float64Array(), 1)).toBe(-1);
  expect(within(xs, 11, 19)).toEqual([1, 2]);
  expect(within(xs, -5, 99)).toEqual([0, 3]);
});

describe("groups", () => {
  test("mean and range at each step", () => {
    const mean = meanLine([line([1, 3]), line([3, 7])], look, "range");
    expect([...mean.ys]).toEqual([2, 5]);
    expect([...mean.low!]).toEqual([1, 3]);
    expect([...mean.high!]).toEqual([3, 7]);
  });
  test("a standard deviation of samples", () => {
    const mean = meanLine([line([1]), line([3])], look, "deviation");
    expect(mean.high![0]! - mean.ys[0]!).toBeCloseTo(Math.SQRT2);
  });
  test("a run that ended early bends nothing, and gaps are bridged", () => {
    const mean = meanLine([line([0, 10], [0, 10]), line([4], [5])], look, "none");
    expect([...mean.xs]).toEqual([0, 5, 10]);
    expect([...mean.ys]).toEqual([0, 4.5, 10]);
    expect(mean.low).toBeNull();
  });
  test("thousands of different steps are thinned", () => {
    const steps = Array.from({ length: 4000 }, (_, i) => i);
    expect(meanLine([line(steps, steps)], look, "none").xs).toHaveLength(600);
  });
});

describe("ranges", () => {
  test("of x, on a log axis only what is above zero", () => {
    expect(xRange([line([1, 2], [0, 8])], false)).toEqual([0, 8]);
    expect(xRange([line([1, 2, 3], [0, 2, 8])], true)).toEqual([2, 8]);
    expect(xRange([], false)).toBeNull();
  });
  test("one spike does not press a curve flat, unless that is wanted", () => {
    const values = Array.from({ length: 100 }, (_, i) => (i === 50 ? 1000 : 1 + i / 100));
    const calm = yRange([line(values)], [0, 99], false, true)!;
    expect(calm.cut).toBe(true);
    expect(calm.range[1]).toBeLessThan(5);
    const all = yRange([line(values)], [0, 99], false, false)!;
    expect(all).toMatchObject({ cut: false });
    expect(all.range[1]).toBeGreaterThan(1000);
  });
  test("a curve that falls far is no spike", () => {
    const values = Array.from({ length: 100 }, (_, i) => 10 * Math.exp(-i / 30));
    expect(yRange([line(values)], [0, 99], false, true)!.cut).toBe(false);
  });
  test("only what is looked at counts, and a constant has room", () => {
    const { range } = yRange([line([100, 1, 1, 1])], [1, 3], false, false)!;
    expect(range[0]).toBeLessThan(1);
    expect(range[1]).toBeLessThan(2);
    expect(yRange([line([NaN])], [0, 1], false, true)).toBeNull();
  });
  test("a constant that wavers by rounding is one", () => {
    const { range } = yRange([line([0.1, 0.1 + 2e-17, 0.30000000000000004 / 3])], [0, 2], false, true)!;
    expect(range[1] - range[0]).toBeGreaterThan(0.005);
  });
  test("a log axis leaves out what it cannot show", () => {
    const { range } = yRange([line([-1, 0, 10, 1000])], [0, 3], true, false)!;
    expect(range[0]).toBeGreaterThan(1);
    expect(range[1]).toBeGreaterThan(1000);
  });
});

describe("drawing", () => {
  test("logarithms and what has none", () => {
    const at = project({ min: 1, max: 100, log: true }, 0, 100);
    expect([at(1), at(10), at(100), at(0)]).toEqual([0, 50, 100, NaN]);
  });
  test("a missing value breaks the line, and a lone point stays", () => {
    const { xs, ys } = line([1, NaN, 1, 1]);
    expect(polylines(xs, ys, frame([0, 2]))).toEqual([
      [0, 50],
      [20, 50, 30, 50],
    ]);
  });
  test("many points keep the extremes of each pixel", () => {
    const n = 10_000;
    const values = Float64Array.from({ length: n }, (_, i) => (i === 5000 ? 1 : 0));
    const xs = Float64Array.from({ length: n }, (_, i) => (10 * i) / n);
    const [points] = polylines(xs, values, frame([0, 1]));
    expect(points!.length).toBeLessThan(1000);
    expect(Math.min(...points!.filter((_, i) => i % 2 === 1))).toBe(0);
  });
  test("a band is a closed outline", () => {
    const mean = meanLine([line([0, 0]), line([2, 2])], look, "range");
    expect(outlines(mean, frame([0, 2]))).toEqual([[0, 0, 10, 0, 10, 100, 0, 100]]);
  });
});

describe("the crosshair", () => {
  const lines = [line([1, 1], [0, 10], "low"), line([5, 5], [0, 10], "high"), line([9], [0], "short")];
  test("reads the highest first, and no line that is not there", () => {
    expect(readings(lines, 8, 1).map((reading) => reading.line.label)).toEqual(["high", "low"]);
    expect(readings(lines, 0, 1)).toHaveLength(3);
  });
  test("knows which line is nearest to the pointer", () => {
    const found = readings(lines, 8, 1);
    expect(closest(found, frame([0, 10]), 88, 20)!.line.label).toBe("low");
    expect(closest(found, frame([0, 10]), 70, 5)).toBeNull();
  });
  test("shows some of very many, around the nearest", () => {
    const many = Array.from({ length: 50 }, (_, i) => line([50 - i], [0], `r${i}`));
    const found = readings(many, 0, 1);
    const { shown, before, after } = around(found, many[20]!, 10);
    expect(shown.map((reading) => reading.line.label)).toContain("r20");
    expect(before + shown.length + after).toBe(50);
  });
});

describe("files", () => {
  const figure = {
    title: "a<b>&",
    lines: [line([1, 2], undefined, '=cmd("x")')],
    axis: "step" as const,
    logX: false,
    logY: false,
    calm: true,
    zoom: null,
  };
  test("SVG is well formed, whatever things are called", () => {
    const parsed = new DOMParser().parseFromString(figureSvg(figure), "text/xml");
    expect(parsed.documentElement.tagName).toBe("svg");
    expect(parsed.documentElement.textContent).toContain("a<b>&");
  });
  test("CSV quotes, and no cell is a formula", () => {
    expect(figureCsv(figure)).toBe(
      "run,step,a<b>&\r\n\"'=cmd(\"\"x\"\")\",0,1\r\n\"'=cmd(\"\"x\"\")\",1,2\r\n",
    );
  });
  test("ticks are round numbers inside", () => {
    expect(ticks([0, 10], false, 5)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(ticks([1, 1000], true, 5)).toEqual([1, 10, 100, 1000]);
  });
});

test("a closer look takes the place of its part of the curve", () => {
  const found = merged(entry([0, 10, 20, 30], [0, 10, 20, 30]), entry([8, 9, 11], [8, 9, 11]));
  expect([...found.steps]).toEqual([0, 8, 9, 11, 20, 30]);
  expect([...found.values]).toEqual([0, 8, 9, 11, 20, 30]);
});
