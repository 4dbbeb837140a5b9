import { describe, expect, it } from "vitest";
import type { RunRow } from "../data/types";
import { stretches, webAddress } from "./links";
import { moduleTree } from "./modules";
import { groupsOf } from "./hardware";
import { headline } from "./headline";
import { commandLine, hardwareName, hardwareValue, large, markWords, outcome, verdictWords } from "./words";

const run = (changes: object) => ({ status: "finished", duration_s: 723, exit_code: 0, signal: null, ...changes }) as unknown as RunRow;

it("says how a run ended", () => {
  expect(outcome(run({}))).toBe("finished in 12m 3s");
  expect(outcome(run({ status: "failed", exit_code: 3 }))).toBe("failed after 12m 3s, exit code 3");
  expect(outcome(run({ status: "killed", signal: "SIGKILL", duration_s: null }))).toBe("killed by SIGKILL");
  expect(outcome(run({ status: "running" }))).toBe("running");
});

it("says what came of a repetition", () => {
  expect(verdictWords({ outcome: "bit-equal", metrics: 3, points: 300, tensors: 12 })).toBe(
    "bit-equal: 3 metrics in 300 points, 12 tensors",
  );
  expect(
    verdictWords({ outcome: "diverged", metric: "loss", step: 7, original_value: 0.5, repeat_value: null, largest: "Infinity", environment: ["os"] }),
  ).toBe("diverged: loss parts at step 7 (0.5 → no value), 1 difference in the environment");
});

it("writes commands as a shell takes them", () => {
  expect(commandLine(["python", "a b.py", "--x=1", "it's"])).toBe(`python 'a b.py' --x=1 'it'"'"'s'`);
});

it("names hardware figures and their units", () => {
  expect(hardwareName("gpu.0.memory_used_bytes")).toBe("GPU 0 memory used");
  expect(hardwareValue("gpu.0.power_w", 250.14)).toBe("250 W");
  expect(hardwareValue("process.rss_bytes", 1024 ** 3)).toBe("1 GiB");
  expect(hardwareValue("cpu.utilization_pct", "NaN")).toBe("–");
  expect(large(14_276)).toBe("14,276");
  expect(large(1_234_567)).toBe("1.23 M");
});

describe("groupsOf", () => {
  const keys = ["cpu.utilization_pct", "gpu.1.power_w", "gpu.0.power_w", "gpu.0.utilization_pct", "gpu.10.power_w", "memory.used_pct", "memory.used_bytes"];
  it("draws all GPUs of a measure in one plot", () => {
    const [gpu, cpu, memory] = groupsOf(keys, false);
    expect(gpu!.measures.map((m) => [m.title, m.keys.map((k) => k.label)])).toEqual([
      ["GPU utilization", ["GPU 0"]],
      ["GPU power", ["GPU 0", "GPU 1", "GPU 10"]],
    ]);
    expect(cpu!.title).toBe("CPU");
    expect(memory!.measures.map((m) => m.title)).toEqual(["Memory used, bytes", "Memory used, per cent"]);
  });
  it("or each GPU by itself", () => {
    expect(groupsOf(keys, true).map((group) => group.title)).toEqual(["GPU 0", "GPU 1", "GPU 10", "CPU", "Memory"]);
  });
});

describe("headline", () => {
  const metric = (goal: string | null) => ({ goal }) as never;
  const metrics = {
    epoch: metric(null),
    "train/loss": metric("lower"),
    lr: metric(null),
    "val/accuracy": metric("higher"),
    "val/loss": metric("lower"),
    gate: metric(null),
  };
  it("puts validation losses first, then what has a goal", () => {
    expect(headline({ metrics })).toEqual(["val/loss", "val/accuracy", "gate"]);
  });
  it("has all metrics in the same order if asked, clocks and counters last", () => {
    expect(headline({ metrics }, true)).toEqual(["val/loss", "train/loss", "val/accuracy", "gate", "lr", "epoch"]);
  });
});

describe("links", () => {
  it("are http and https only", () => {
    expect(webAddress("https://example.org/a")).toBe("https://example.org/a");
    for (const bad of ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x", "", null])
      expect(webAddress(bad)).toBeNull();
  });
  it("are found in text, without the punctuation behind them", () => {
    expect(stretches("see https://a.org/x. And (http://b.org) javascript:alert(1)")).toEqual([
      { text: "see ", href: null },
      { text: "https://a.org/x", href: "https://a.org/x" },
      { text: ". And (", href: null },
      { text: "http://b.org", href: "http://b.org/" },
      { text: ") javascript:alert(1)", href: null },
    ]);
  });
});

it("lists a module's own parameters before its modules", () => {
  const tree = moduleTree({
    class: "Net",
    parameters: 10,
    children: [
      { name: "a", class: "Linear", parameters: 8, calls: 2, outputs: [[32, 2]], own: { weight: { shape: [2, 4], dtype: "float32" } } },
      { name: "b", class: "Linear", own: { weight: { shape: [2, 4], dtype: "float32", shared_with: "a.weight" } } },
    ],
  });
  const [a, b] = tree.children;
  expect([a!.id, a!.value.kind, a!.value.outputs]).toEqual(["Net.a", "Linear ×2", "32 × 2"]);
  expect(a!.children[0]!.value).toMatchObject({ leaf: true, outputs: "2 × 4", parameters: 8 });
  expect(b!.children[0]!.value).toMatchObject({ kind: "float32, shared with a.weight", parameters: null });
});

it("does not say the same at two marks of an axis", () => {
  expect(markWords([1.01, 1.02, 2], (value) => value.toFixed(1))).toEqual(["1.0", "", "2.0"]);
});
