import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { EmbeddedSource } from "../embedded";
import { numberOf, unpack } from "../packed";
import { paths, samePath } from "../paths";
import { ServerSource } from "../server";
import { DataError } from "../source";
import { pack, page } from "./fixture";

describe("packed series", () => {
  test("all kinds of arrays, NaN and infinities come back", () => {
    const [a, b] = unpack(
      pack([
        { run: "a", values: [1, NaN, Infinity], times: [0, 1, 2], total: 30 },
        { run: "b", key: "acc", values: [0.1, 0.2], steps: [5, 900], wide: true },
      ]),
    );
    expect(a).toMatchObject({ run: "a", key: "loss", total: 30 });
    expect([...a!.values]).toEqual([1, NaN, Infinity]);
    expect([...a!.steps]).toEqual([0, 1, 2]);
    expect([...a!.times!]).toEqual([1000, 1001, 1002]);
    expect([...b!.steps]).toEqual([5, 900]);
    expect([...b!.values]).toEqual([0.1, 0.2]);
    expect(b!.times).toBeNull();
  });

  test("an answer that lies anywhere in a buffer is read, too", () => {
    const bytes = pack([{ run: "a", values: [7, 8] }]);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect([...unpack(shifted.subarray(3))[0]!.values]).toEqual([7, 8]);
  });

  test("an answer that was cut short is an error", () => {
    const bytes = pack([{ run: "a", values: [1, 2, 3] }]);
    expect(() => unpack(bytes.subarray(0, bytes.length - 8))).toThrow();
  });

  test("numbers of JSON", () => {
    expect(["NaN", "Infinity", "-Infinity", 2, true, null, "7", undefined].map(numberOf)).toEqual([
      NaN, Infinity, -Infinity, 2, 1, NaN, NaN, NaN,
    ]); // prettier-ignore
  });
});

test("paths that are spelled differently are the same", () => {
  expect(paths.series("train/loss")).toBe("series/train%2Floss");
  expect(samePath("series/a%20b%2Fc")).toBe(samePath("series/a b%2Fc"));
  expect(samePath("series/a/b")).not.toBe(samePath("series/a%2Fb"));
  expect(samePath("series/100%")).toBe(samePath("series/100%25"));
});

describe("a report's chunks", () => {
  async function embedded(path: string, content: Uint8Array<ArrayBuffer>) {
    const stream = new Blob([content]).stream().pipeThrough(new CompressionStream("gzip"));
    const packed = new Uint8Array(await new Response(stream).arrayBuffer());
    const root = document.implementation.createHTMLDocument();
    const script = root.createElement("script");
    script.type = "text/plain";
    script.id = "c0";
    script.textContent = btoa(String.fromCharCode(...packed));
    root.body.append(script);
    return new EmbeddedSource(page({ chunks: { [path]: "c0", gone: "c1" } }), root);
  }

  test("are unpacked when they are asked for", async () => {
    const source = await embedded("series/train%2Floss", pack([{ run: "a", values: [3] }]));
    expect(source.has("series/train%2Floss")).toBe(true);
    expect([...(await source.packed(paths.series("train/loss")))[0]!.values]).toEqual([3]);
  });

  test("that are not there say so in plain words", async () => {
    const source = await embedded("runs", new TextEncoder().encode('{"runs": []}'));
    expect(await source.json("runs")).toEqual({ runs: [] });
    expect(source.has("run/a")).toBe(false);
    for (const path of ["run/a", "gone"])
      await expect(source.json(path)).rejects.toMatchObject({ missing: true });
  });

  test("that the browser has not read yet are waited for, those cut short too", async () => {
    const source = await embedded("runs", new TextEncoder().encode('{"runs": []}'));
    const element = source["root"].getElementById("c0")!;
    const text = element.textContent!;
    const state = vi.spyOn(source["root"], "readyState", "get").mockReturnValue("loading");
    element.textContent = text.slice(0, 5);
    const asked = source.json("runs");
    await new Promise((go) => setTimeout(go, 50));
    element.textContent = text;
    element.after(document.createElement("script"));
    expect(await asked).toEqual({ runs: [] });
    const gone = source.json("gone");
    state.mockReturnValue("interactive");
    await expect(gone).rejects.toMatchObject({ missing: true });
  });

  test("that are damaged are an error of ours", async () => {
    const root = document.implementation.createHTMLDocument();
    root.body.innerHTML = '<script type="text/plain" id="c0">AAAA</script>';
    const source = new EmbeddedSource(page({ chunks: { runs: "c0" } }), root);
    await expect(source.bytes("runs")).rejects.toBeInstanceOf(DataError);
  });
});

describe("the dashboard's server", () => {
  const asked: [string, RequestInit | undefined][] = [];
  let answer: () => Response;

  beforeEach(() => {
    asked.length = 0;
    vi.stubGlobal("fetch", async (address: string, options?: RequestInit) => {
      asked.push([address, options]);
      return answer();
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  test("is asked with all values of a parameter", async () => {
    answer = () => new Response('{"x": 1}');
    const source = new ServerSource(page({ api: "/api" }));
    await source.json(paths.series("a/b"), { run: ["r&1", "r2"], points: 100, from: undefined });
    expect(asked[0]![0]).toBe("/api/series/a%2Fb?run=r%261&run=r2&points=100");
  });

  test("tells what is wrong in its own words", async () => {
    answer = () => new Response('{"error": "no run of this name"}', { status: 404 });
    const source = new ServerSource(page({ api: "/api" }));
    await expect(source.json("run/a")).rejects.toMatchObject({
      message: "no run of this name",
      missing: true,
    });
  });

  test("takes edits only with a token", async () => {
    answer = () => new Response("{}");
    expect(new ServerSource(page({ api: "/api", edit: true })).post).toBeUndefined();
    const source = new ServerSource(page({ api: "/api", edit: true, token: "t" }));
    await source.post!(paths.edit("a", "tags"), { add: ["x"], remove: [] });
    expect(asked[0]![0]).toBe("/api/run/a/tags");
    expect(asked[0]![1]).toMatchObject({
      method: "POST",
      headers: { "X-Gitexp-Token": "t", "Content-Type": "application/json" },
    });
  });
});
