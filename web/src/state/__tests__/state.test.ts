import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { setSource } from "../../data/context";
import type { DataSource, Query } from "../../data/source";
import type { PackedEntry } from "../../data/types";
import { unpack } from "../../data/packed";
import { metric, pack, page, run } from "../../data/__tests__/fixture";
import { chosen, colour, dash, nextColour, roundAt } from "../colours";
import { columnOf, inOrder, usualKeys } from "../columns";
import { groupPlace, listedGroups } from "../groups";
import { links, parseRoute } from "../route";
import { runs, updateRuns } from "../runs";
import { forgetSeries, refetchSeries, retrySeries, seriesOf, takePoints, wantSeries } from "../series";
import { filter, listed, showOnly, toggleRun, visible } from "../visible";
import { groupBy, mostShown, search, selection, sort, switched, where, withHidden } from "../view";

const names = (of: readonly { name: string }[]) => of.map(({ name }) => name);
const at = (minute: number) => `2026-03-10T09:${String(minute).padStart(2, "0")}:00.000Z`;

beforeEach(() => {
  runs.value = [];
  search.value = where.value = "";
  sort.value = { key: "created", down: false };
  switched.value = new Map();
  selection.value = groupBy.value = null;
  mostShown.value = 50;
  withHidden.value = false;
  chosen.value = {};
});

describe("which runs are listed and drawn", () => {
  beforeEach(() => {
    updateRuns(
      [
        run("a", { created_at: at(1), tags: ["baseline"], metrics: { loss: metric(0.3) } }),
        run("b", { created_at: at(2), config: { lr: 1, opt: { name: "adam" } } }),
        run("c", { created_at: at(3), hidden: true }),
        run("d", { created_at: at(4), metrics: {} }),
      ],
      [],
    );
  });

  test("newest first, hidden ones only when wanted", () => {
    expect(names(listed.value)).toEqual(["d", "b", "a"]);
    withHidden.value = true;
    expect(names(listed.value)).toEqual(["d", "c", "b", "a"]);
  });
  test("search looks at names, tags and config", () => {
    search.value = "OPT.NAME=adam";
    expect(names(listed.value)).toEqual(["b"]);
    search.value = "baseline a";
    expect(names(listed.value)).toEqual(["a"]);
  });
  test("a filter, and one that cannot be read lists all and says why", () => {
    where.value = 'loss < 0.4 and "baseline" in tags';
    expect(names(listed.value)).toEqual(["a"]);
    where.value = "loss <";
    expect(filter.value.problem).toContain("breaks off");
    expect(listed.value).toHaveLength(3);
  });
  test("only the first few are drawn, unless switched on", () => {
    mostShown.value = 1;
    expect(names(visible.value)).toEqual(["d"]);
    toggleRun("a");
    expect(names(visible.value)).toEqual(["d", "a"]);
    toggleRun("d");
    expect(names(visible.value)).toEqual(["b", "a"]);
    showOnly(new Set(["b"]));
    expect(names(visible.value)).toEqual(["b"]);
  });
  test("a brush picks among them", () => {
    selection.value = new Set(["a", "b"]);
    expect(names(visible.value)).toEqual(["b", "a"]);
  });
  test("groups keep their colours under a filter", () => {
    groupBy.value = "config.lr";
    const before = groupPlace(runs.value.find(({ name }) => name === "a")!);
    expect(listedGroups.value!.map(({ label }) => label)).toEqual(["0.01", "1"]);
    where.value = "config.lr < 1";
    expect(listedGroups.value!.map(({ place }) => place)).toEqual([before]);
  });
});

describe("order", () => {
  test("metrics best first, missing ones and NaN last either way", () => {
    const of = [
      run("none", { metrics: {} }),
      run("nan", { metrics: { acc: { ...metric(1, "higher"), last: "NaN" } } }),
      run("low", { metrics: { acc: metric(0.1, "higher") } }),
      run("inf", { metrics: { acc: { ...metric(1, "higher"), last: "Infinity" } } }),
    ];
    const column = columnOf("metric.acc", of);
    expect(names(inOrder(of, column, false))).toEqual(["inf", "low", "none", "nan"]);
    expect(names(inOrder(of, column, true))).toEqual(["low", "inf", "none", "nan"]);
  });
  test("texts by their numbers, numbers before texts", () => {
    const of = ["run10", "run9", 3, true].map((k, i) => run(String(i), { config: { k } }));
    expect(names(inOrder(of, columnOf("config.k", of), false))).toEqual(["3", "2", "1", "0"]);
  });
  test("the usual columns tell runs apart", () => {
    updateRuns([run("a", { config: { lr: 1, same: 2 } }), run("b", { config: { lr: 2, same: 2 } })], []);
    expect(usualKeys.value).toEqual(["status", "metric.loss", "config.lr", "created", "duration"]);
  });
});

test("colours stay when runs come, and differ by dash beyond the eighth", () => {
  updateRuns(Array.from({ length: 9 }, (_, i) => run(`r${i}`, { created_at: at(i) })), []);
  const before = ["r0", "r4", "r8"].map(colour);
  expect(colour("r0")).toBe(colour("r8"));
  expect(dash("r0")).not.toEqual(dash("r8"));
  expect([0, 7, 8, 31, 32].map(roundAt)).toEqual([0, 0, 1, 3, 0]);
  updateRuns([run("new", { created_at: at(20) })], []);
  expect(["r0", "r4", "r8"].map(colour)).toEqual(before);
  nextColour("r0");
  expect(colour("r0")).not.toBe(before[0]);
});

test("routes and links are each other's way back", () => {
  expect(parseRoute(links.run("a/b #1", "log"))).toEqual({ page: "run", name: "a/b #1", part: "log" });
  expect(parseRoute(links.compare(["x/y", "z"]))).toEqual({ page: "compare", names: ["x/y", "z"] });
  expect(parseRoute(links.table)).toEqual({ page: "workspace", tab: "table" });
  expect(parseRoute(links.seeds)).toEqual({ page: "workspace", tab: "seeds" });
  for (const odd of ["", "#", "#/", "#/run", "#/nowhere/%E0%A4%A"])
    expect(parseRoute(odd)).toEqual({ page: "workspace", tab: "curves" });
});

describe("live series", () => {
  const asked: { path: string; query: Query | undefined }[] = [];
  let answer: PackedEntry[];

  beforeEach(() => {
    asked.length = 0;
    forgetSeries();
    answer = unpack(pack([{ run: "a", values: [1, 2], times: [0, 1] }]));
    setSource({
      page: page({ api: "/api" }),
      packed: async (path: string, query?: Query) => {
        asked.push({ path, query });
        return answer;
      },
    } as unknown as DataSource);
  });
  afterEach(forgetSeries);

  const settled = () => new Promise((resolve) => setTimeout(resolve, 0));
  const values = () => [...(seriesOf("loss").entries.get("a")?.values ?? [])];
  const say = (from: number, added: (number | "NaN")[]) =>
    takePoints({
      run: "a",
      points: {
        loss: {
          steps: added.map((_, i) => from + i),
          times: added.map((_, i) => 1000 + from + i),
          values: added,
        },
      },
      from: { loss: from },
    });

  test("grow by what is new", async () => {
    wantSeries("loss", ["a"]);
    await settled();
    say(2, [3, "NaN"]);
    expect(values()).toEqual([1, 2, 3, NaN]);
    expect([...seriesOf("loss").entries.get("a")!.steps]).toEqual([0, 1, 2, 3]);
  });
  test("take nothing twice", async () => {
    wantSeries("loss", ["a"]);
    await settled();
    say(0, [1, 2, 3]);
    say(1, [2, 3]);
    say(0, [1]);
    say(3, []);
    expect(values()).toEqual([1, 2, 3]);
  });
  test("take the newer value of a step that was logged again", async () => {
    wantSeries("loss", ["a"]);
    await settled();
    say(2, [3, 4]);
    say(3, [4.5]);
    expect(values()).toEqual([1, 2, 3, 4.5]);
    say(3, [4.75, 5]);
    expect(values()).toEqual([1, 2, 3, 4.75, 5]);
    expect(seriesOf("loss").entries.get("a")!.total).toBe(5);
  });
  test("are fetched again after a gap", async () => {
    wantSeries("loss", ["a"]);
    await settled();
    answer = unpack(pack([{ run: "a", values: [1, 2, 3, 4, 5, 6] }]));
    say(5, [6]);
    await settled();
    expect(asked).toHaveLength(2);
    expect(values()).toEqual([1, 2, 3, 4, 5, 6]);
  });
  test("that nobody looks at are not kept", () => {
    say(0, [1]);
    expect(values()).toEqual([]);
  });
  test("are asked for once, many runs at a time, and again after a reset", async () => {
    const many = Array.from({ length: 130 }, (_, i) => `r${i}`);
    wantSeries("loss", many);
    wantSeries("loss", many.slice(0, 5));
    expect(asked.map(({ query }) => (query!.run as string[]).length)).toEqual([60, 60, 10]);
    await settled();
    refetchSeries();
    expect(asked).toHaveLength(6);
  });
  test("are not asked for again until the server is back", async () => {
    let away = true;
    setSource({
      page: page({ api: "/api" }),
      packed: async (path: string, query?: Query) => {
        asked.push({ path, query });
        if (away) throw new Error("no answer");
        return answer;
      },
    } as unknown as DataSource);
    wantSeries("loss", ["a"]);
    await settled();
    wantSeries("loss", ["a"]);
    expect(asked).toHaveLength(1);
    expect(seriesOf("loss").failure.value).toBe("no answer");
    away = false;
    retrySeries();
    await settled();
    expect(asked).toHaveLength(2);
    expect(values()).toEqual([1, 2]);
    expect(seriesOf("loss").failure.value).toBeNull();
  });
  test("that grow long are thinned, extremes kept", async () => {
    answer = [];
    wantSeries("loss", ["a"]);
    await settled();
    say(0, Array.from({ length: 6001 }, (_, i) => (i === 3333 ? 99 : 0)));
    expect(values().length).toBeLessThan(4000);
    expect(Math.max(...values())).toBe(99);
    expect(seriesOf("loss").entries.get("a")!.total).toBe(6001);
  });
});
