import { describe, expect, it } from "vitest";
import type { MediaItem } from "../data/types";
import { chartOf, confusionOf, listOf, plotlyOf, specOf } from "./chartdata";
import { boxesOf, byKey, flattened, itemsAt, mimeOf } from "./items";
import { inertPage } from "./page";
import { project, readCloud, readText } from "./points";
import { mediaCell, readTable, searched, sortedBy, toCsv } from "./tables";

const item = (key: string, step: number, more: object = {}) => ({ key, step, type: "image", path: `media/${key}/${step}.png`, ...more }) as MediaItem;

describe("media by key and step", () => {
  it("flattens lists, and leaves histograms out", () => {
    const list = item("s", 3, { type: "images", items: [{ _type: "image", path: "a.png" }, { _type: "image", path: "b.png" }] });
    expect(flattened([list, item("h", 3, { type: "histogram" })])).toMatchObject([
      { key: "s", step: 3, type: "image", path: "a.png" },
      { key: "s", step: 3, type: "image", path: "b.png" },
    ]);
  });
  it("groups them, steps ascending whatever the order", () => {
    const [s, t] = byKey([item("s", 9), item("t", 1), item("s", 2), item("s", 9)]);
    expect([s!.key, s!.steps, s!.at.get(9)!.length, t!.key]).toEqual(["s", [2, 9], 2, "t"]);
    expect(itemsAt(s, 5).map((one) => one.step)).toEqual([2]);
    expect(itemsAt(s, 1).map((one) => one.step)).toEqual([2]);
    expect(itemsAt(undefined, 1)).toEqual([]);
  });
  it("takes no type from a file's name that could run", () => {
    expect(mimeOf("a/b.PNG")).toBe("image/png");
    expect(mimeOf("x.html")).toBe("application/octet-stream");
    expect(mimeOf("x.js")).toBe("application/octet-stream");
  });
});

describe("boxesOf", () => {
  const set = (position: object, more: object = {}) => ({ box_data: [{ position, class_id: 2, ...more }], class_labels: { "2": "cat" } });
  it("reads corners in pixels, middles in shares, and labels", () => {
    expect(boxesOf(set({ minX: 10, minY: 20, maxX: 30, maxY: 60 }, { domain: "pixel" }), 100, 200)).toEqual([
      { left: 0.1, top: 0.1, width: expect.closeTo(0.2), height: expect.closeTo(0.2), label: "cat", classId: 2 },
    ]);
    expect(boxesOf(set({ middle: [0.5, 0.5], width: 0.5, height: 0.25 }, { box_caption: "c 0.9" }), 0, 0)).toMatchObject([
      { left: 0.25, top: 0.375, width: 0.5, height: 0.25, label: "c 0.9" },
    ]);
  });
  it("passes over what is no box", () => {
    expect(boxesOf({ box_data: [null, { position: { minX: "1" } }] }, 10, 10)).toEqual([]);
    expect(boxesOf(null, 10, 10)).toEqual([]);
  });
});

describe("tables", () => {
  const table = readTable({
    columns: ["name", "p"],
    data: [["x10", 0.5], ["x2", null], ["X1", "NaN"], ["=cmd", 2], "no row"],
  });
  it("sorts numbers by value, text by nature, and what is missing last in both directions", () => {
    expect(sortedBy(table, 1, true)).toEqual([0, 3, 2, 1]);
    expect(sortedBy(table, 1, false)).toEqual([2, 3, 0, 1]);
    expect(sortedBy(table, 0, true)).toEqual([3, 2, 1, 0]);
  });
  it("finds rows, and writes CSV that no spreadsheet runs", () => {
    expect(searched(table, [0, 1, 2, 3], "x1")).toEqual([0, 2]);
    expect(toCsv(table, [3, 1])).toBe("name,p\n'=cmd,2\nx2,\n");
  });
  it("knows cells that are media, and files that are no table", () => {
    expect(mediaCell({ _type: "image", path: "a.png" })).toMatchObject({ type: "image", path: "a.png" });
    expect(mediaCell({ path: "a.png" })).toBeNull();
    expect(readTable([1, 2])).toEqual({ columns: [], rows: [] });
  });
});

describe("charts", () => {
  const table = readTable({ columns: ["t", "k", "v"], data: [[1, "b", 5], [0, "b", 4], [0, "a", 1]] });
  it("draw a line for each stroke, sorted by x", () => {
    const chart = chartOf(specOf({ kind: "line", title: "T", fields: { x: "t", y: "v", stroke: "k" } }), table)!;
    expect(chart.series).toEqual([
      { name: "b", kind: "line", points: [[0, 4], [1, 5]] },
      { name: "a", kind: "line", points: [[0, 1]] },
    ]);
    expect(chart.categories).toBeNull();
  });
  it("draw bars over names, and nothing where a column is missing", () => {
    const chart = chartOf(specOf({ kind: "bar", fields: { label: "k", value: "v" } }), table)!;
    expect([chart.series[0]!.kind, chart.categories]).toEqual(["bar", ["b", "a"]]);
    expect(chartOf(specOf({ kind: "line", fields: { x: "t", y: "gone" } }), table)).toBeNull();
  });
  it("count histograms", () => {
    const chart = chartOf(specOf({ kind: "histogram", fields: { value: "v" } }), table)!;
    expect(chart.series[0]!.points.reduce((sum, [, n]) => sum + n, 0)).toBe(3);
  });
  it("read confusion matrices", () => {
    const counts = readTable({ columns: ["Actual", "Predicted", "nPredictions"], data: [["a", "a", 3], ["a", "b", 1], ["b", "b", 2]] });
    expect(confusionOf(specOf({}), counts)).toMatchObject({ actual: ["a", "b"], predicted: ["a", "b"], counts: [[3, 1], [0, 2]] });
  });
  it("read Plotly's lines, points and bars, its typed arrays too, and refuse the rest", () => {
    const bdata = btoa(String.fromCharCode(...new Uint8Array(Float32Array.of(1, 2).buffer)));
    const chart = plotlyOf({ data: [{ y: { dtype: "f4", bdata }, mode: "markers" }], layout: { title: { text: "T" } } })!;
    expect(chart).toMatchObject({ title: "T", series: [{ kind: "scatter", points: [[0, 1], [1, 2]] }] });
    expect(plotlyOf({ data: [{ type: "surface", z: [] }] })).toBeNull();
    expect(listOf("x")).toBeNull();
  });
});

describe("points in space", () => {
  it("are brought into a ball, with their colours", () => {
    const cloud = readCloud([[0, 0, 0, 300, 0, 0], [2, 0, 0, 0, 10, 20], ["x", 0, 0]], () => "p")!;
    expect([...cloud.points]).toEqual([-1, 0, 0, 1, 0, 0]);
    expect(cloud.colours).toEqual(["rgb(255,0,0)", "rgb(0,10,20)"]);
    expect(readCloud({ points: [[1, 2, 3, 7]] }, (place) => `p${place}`)!.colours).toEqual(["p7"]);
    expect(readCloud("x", () => "p")).toBeNull();
  });
  it("are read from files of vertices and atoms", () => {
    expect(readText("v 1 2 3\nv 3 2 1\nf 1 2\n", "obj")!.colours).toHaveLength(2);
    const atom = "ATOM      1  N   MET A   1      27.340  24.430   2.614  1.00  9.67           N";
    expect(readText(atom, "pdb")!.colours).toEqual(["#3b62d6"]);
    expect(readText("nothing", "sdf")).toBeNull();
  });
  it("are drawn the furthest first", () => {
    const cloud = readCloud([[0, -1, 0], [0, 1, 0]], () => "p")!;
    expect([...project(cloud, 0, 0).order]).toEqual([1, 0]);
  });
});

describe("inertPage", () => {
  const dirty = `<style>p{color:red}</style><p style="color:red" onclick="x()">hi</p><script>x()</script>
    <object data="x"></object><embed><video poster="https://a/x.png"></video><img src="data:image/png;base64,AA==">
    <a href="javascript:x()">l</a><meta http-equiv="refresh" content="0"><form action="/x"></form>`;
  it("keeps words and own pictures, and nothing that acts or loads", () => {
    const { html } = inertPage(dirty);
    expect(html).toContain("hi");
    expect(html).toContain("data:image/png");
    expect(html).not.toMatch(/script|object|embed|onclick|https:|javascript|refresh|<form|<style|\sstyle=/);
  });
  it("keeps styles apart from the markup, where the policy would refuse them", () => {
    const { html, styles } = inertPage(dirty);
    expect(styles).toEqual(["p{color:red}"]);
    expect(html).toContain('data-gitexp-style="color:red"');
  });
});
