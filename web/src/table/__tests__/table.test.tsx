import { render } from "preact";
import { afterEach, beforeEach, expect, test } from "vitest";
import { setSource } from "../../data/context";
import { EmbeddedSource } from "../../data/embedded";
import { metric, page, run } from "../../data/__tests__/fixture";
import { updateRuns, runs } from "../../state/runs";
import { baseline, groupBy, search, sort, switched, ticked, where } from "../../state/view";
import { visibleNames } from "../../state/visible";
import { RunsTable, TableToolbar } from "..";
import { deltaOf } from "../../lib/delta";

let root: HTMLElement;
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));
const grid = () => root.querySelector<HTMLElement>('[role="grid"]')!;
const shown = () => [...root.querySelectorAll("tbody tr[role=row] .gx-name a")].map((a) => a.textContent);
const press = async (...keys: string[]) => {
  for (const key of keys) {
    grid().dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    await settled();
  }
};

beforeEach(async () => {
  runs.value = [];
  groupBy.value = baseline.value = null;
  search.value = where.value = "";
  ticked.value = new Set();
  switched.value = new Map();
  sort.value = { key: "metric.loss", down: false };
  updateRuns(
    Array.from({ length: 1000 }, (_, i) =>
      run(`r${i}`, { metrics: { loss: metric(i + 1) }, config: { lr: i % 2 } }),
    ),
    [],
  );
  setSource(new EmbeddedSource(page(), document));
  root = document.createElement("div");
  root.id = "app";
  document.body.append(root);
  render(
    <>
      <TableToolbar />
      <RunsTable />
    </>,
    root,
  );
  await settled();
});
afterEach(() => {
  render(null, root);
  root.remove();
});

test("of a thousand rows those on the screen exist, and all are counted", () => {
  expect(shown().length).toBeLessThan(80);
  expect(shown().slice(0, 2)).toEqual(["r0", "r1"]);
  expect(grid().getAttribute("aria-rowcount")).toBe("1001");
});

test("everything works from the keyboard", async () => {
  await press("Home", "ArrowDown", " ");
  expect(visibleNames.value.has("r1")).toBe(false);
  await press("x", "ArrowDown", "x", "b");
  expect([...ticked.value]).toEqual(["r1", "r2"]);
  expect(baseline.value).toBe("r2");
  expect(root.querySelector<HTMLAnchorElement>(".gx-ticked a")!.getAttribute("href")).toBe(
    "#/compare/r1/r2",
  );
  await press("Enter");
  expect(location.hash).toBe("#/run/r2");
});

test("deltas stand beside the values, coloured by the goal", async () => {
  baseline.value = "r1";
  await settled();
  const [first, second] = root.querySelectorAll("tbody tr[role=row]");
  expect(first!.querySelector("small.gx-better")!.textContent).toBe("-50%");
  expect(second!.querySelector("small")).toBeNull();
  expect(deltaOf(1, 0, "lower")).toEqual({ share: null, better: false });
  expect(deltaOf(NaN, 1, "lower")).toBeNull();
});

test("a click on a column's head sorts, another one turns it around", async () => {
  const head = [...root.querySelectorAll<HTMLElement>("th button")].find((b) =>
    b.textContent!.startsWith("loss"),
  )!;
  head.click();
  await settled();
  expect(shown()[0]).toBe("r999");
  expect(head.closest("th")!.getAttribute("aria-sort")).toBe("descending");
});

test("groups fold, and show the mean", async () => {
  groupBy.value = "config.lr";
  await settled();
  const group = root.querySelector<HTMLElement>(".gx-group-row")!;
  expect(group.textContent).toContain("500");
  group.querySelector<HTMLElement>(".gx-unfold")!.click();
  await settled();
  expect(root.querySelectorAll(".gx-group-row")).toHaveLength(2);
});

test("a filter that no run passes says so", async () => {
  where.value = "loss < 0";
  await settled();
  expect(grid().textContent).toContain("No run passes");
});

test("a wrong filter is told beside it", async () => {
  where.value = "los < 1";
  await settled();
  const problem = root.querySelector('[role="alert"]')!;
  expect(problem.textContent).toContain("did you mean loss?");
  expect(root.querySelector("#gx-where")!.getAttribute("aria-invalid")).toBe("true");
});
