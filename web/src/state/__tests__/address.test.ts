import { beforeEach, expect, test } from "vitest";
import { readView, writeView } from "../address";
import { chosen } from "../colours";
import * as view from "../view";

beforeEach(() => {
  view.search.value = view.where.value = "";
  view.sort.value = { key: "created", down: false };
  view.columns.value = view.groupBy.value = null;
  view.xAxis.value = "step";
  view.smoothing.value = 0;
  view.switched.value = new Map();
  view.pinned.value = [];
  chosen.value = {};
});

test("a view as usual takes no room in the URL", () => {
  expect(writeView()).toBe("");
});

test("what was written reads back", () => {
  const text = "#/?" + new URLSearchParams({
    where: 'config.lr < 0.1 and "a~b" in tags',
    sort: "-metric.val/loss",
    columns: "config.lr~metric.train%252Floss",
    x: "metric:epoch",
    smooth: "0.85",
    group: "config.optimizer.name",
    off: "one~two%257E2",
    colours: "3.a.b",
  }).toString(); // prettier-ignore
  readView(text);
  expect(view.sort.value).toEqual({ key: "metric.val/loss", down: true });
  expect(view.xAxis.value).toEqual({ metric: "epoch" });
  expect(view.smoothing.value).toBe(0.85);
  expect(chosen.value).toEqual({ "a.b": 3 });
  const written = writeView();
  const before = [view.where.value, view.columns.value, [...view.switched.value]];
  readView(`#/?${written}`);
  expect([view.where.value, view.columns.value, [...view.switched.value]]).toEqual(before);
  expect(writeView()).toBe(written);
});

test("nonsense in a link changes nothing", () => {
  readView("#/?smooth=7&x=sideways&band=wide&nobody=1&constructor=1&columns=%25E0%25A4");
  expect(writeView()).toBe("");
});

test("a thousand switched runs do not make a URL of a megabyte", () => {
  view.switched.value = new Map(Array.from({ length: 1000 }, (_, i) => [`some-run-name-${i}`, true]));
  view.where.value = "lr > 1";
  expect(writeView()).toBe("where=lr+%3E+1");
});
