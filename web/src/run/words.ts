/** Facts of a run in words: the spelling of the terminal and the report. Pure. */
import { numberOf } from "../data/packed";
import type { RunRow, Verdict } from "../data/types";
import { bytes, duration, NONE, number, percent, plural } from "../lib/format";
import { plain } from "./ansi";

const SIGNS: Record<string, string> = {
  running: "●",
  finished: "✓",
  failed: "✗",
  killed: "✗",
  interrupted: "◼",
};

/** A status's sign, so that no status is told by colour alone. */
export function sign(status: string): string {
  return SIGNS[status] ?? "?";
}

/** `finished in 12m 3s`, `failed after 3.2s, exit code 1`, `killed by SIGKILL`. */
export function outcome(run: RunRow): string {
  const took = run.duration_s === null ? "" : duration(run.duration_s);
  if (run.status === "running") return "running";
  if (run.status === "finished") return took ? `finished in ${took}` : "finished";
  const why =
    run.status === "killed" && run.signal
      ? ` by ${plain(run.signal)}`
      : run.status === "failed" && run.exit_code
        ? `, exit code ${run.exit_code}`
        : "";
  return `${run.status}${took ? ` after ${took}` : ""}${why}`;
}

/** Whether a repetition came out as the original. */
export function reproduced(verdict: Verdict): boolean {
  return verdict.outcome === "bit-equal" || verdict.outcome === "within tolerance";
}

/** How a repetition came out: `bit-equal: 3 metrics in 300 points, 12 tensors`. */
export function verdictWords(verdict: Verdict): string {
  const count = (key: string) => {
    const value = verdict[key];
    return typeof value === "number" ? value : 0;
  };
  const outcome = plain(String(verdict.outcome ?? "unknown"));
  if (outcome === "failed" || outcome === "nothing to compare") return outcome;
  const parts: string[] = [];
  if (outcome === "bit-equal") {
    if (count("metrics"))
      parts.push(`${plural(count("metrics"), "metric")} in ${plural(count("points"), "point")}`);
    if (count("tensors")) parts.push(plural(count("tensors"), "tensor"));
  } else {
    if (typeof verdict.metric === "string") {
      const value = (key: string) =>
        verdict[key] === null || verdict[key] === undefined ? "no value" : number(verdict[key], 8);
      parts.push(
        `${plain(verdict.metric)} parts at step ${count("step")} ` +
          `(${value("original_value")} → ${value("repeat_value")})`,
      );
    }
    const largest = numberOf(verdict.largest);
    if (Number.isFinite(largest)) parts.push(`at most ${percent(100 * largest)} apart`);
    if (count("differing_tensors")) {
      const apart = numberOf(verdict.tensor_distance);
      const by = Number.isFinite(apart) ? ` by ${percent(100 * apart)}` : "";
      parts.push(`${count("differing_tensors")} of ${count("tensors")} tensors differ${by}`);
    }
    const environment = verdict.environment;
    if (Array.isArray(environment) && environment.length)
      parts.push(`${plural(environment.length, "difference")} in the environment`);
  }
  return parts.length ? `${outcome}: ${parts.join(", ")}` : outcome;
}

/** Watt hours, CO₂, cost and where they come from; empty where nothing is known. */
export function energyWords(run: RunRow): string {
  const { energy_wh, co2_g, cost, currency, energy_source } = run.hardware;
  const words = [
    energy_wh === null ? "" : scaled(energy_wh, "Wh"),
    co2_g === null ? "" : `${scaled(co2_g, "g")} CO₂`,
    cost === null ? "" : `${cost >= 0.01 ? cost.toFixed(2) : number(cost, 2)} ${plain(currency ?? "")}`,
  ].filter(Boolean);
  if (words.length && energy_source) words.push(plain(energy_source));
  return words.join(" · ");
}

/** `23.8 mWh`, `12 Wh`, `1.25 kWh`. */
export function scaled(value: number, unit: string): string {
  if (Math.abs(value) >= 1000) return `${number(value / 1000, 3)} k${unit}`;
  if (value !== 0 && Math.abs(value) < 0.1) return `${number(value * 1000, 3)} m${unit}`;
  return `${number(value, 3)} ${unit}`;
}

/** A large whole number for people: `14,276`, `1.2 M`, `7.1 G`. */
export function large(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  for (const [size, unit] of [
    [1e12, "T"],
    [1e9, "G"],
    [1e6, "M"],
  ] as const)
    if (value >= size) return `${number(value / size, 3)} ${unit}`;
  return value.toLocaleString("en");
}

/** The command as a shell would take it. */
export function commandLine(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`)).join(" ");
}

const UNITS: [string, (value: number) => string][] = [
  ["_bytes_per_s", (v) => `${bytes(v)}/s`],
  ["_pct", (v) => `${number(v, 3)}%`],
  ["_bytes", (v) => bytes(v)],
  ["_wh", (v) => scaled(v, "Wh")],
  ["_w", (v) => `${number(v, 3)} W`],
  ["_c", (v) => `${number(v, 3)} °C`],
  ["_mhz", (v) => `${number(v)} MHz`],
  ["_j", (v) => `${number(v, 3)} J`],
  ["_s", (v) => duration(v)],
];
const NAMES: Record<string, string> = {
  cpu: "CPU", gpu: "GPU", io: "I/O", rss: "RSS", pcie: "PCIe", sm: "SM", mig: "MIG", co2: "CO₂",
}; // prettier-ignore

/** `gpu.0.memory_used_bytes` → `GPU 0 memory used`. */
export function hardwareName(key: string): string {
  const unit = UNITS.find(([end]) => key.endsWith(end));
  const bare = unit ? key.slice(0, -unit[0].length) : key;
  const words = plain(bare).split(/[._]/).filter(Boolean);
  const name = words.map((word) => NAMES[word] ?? word).join(" ");
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** A hardware figure in the unit that its key ends with. */
export function hardwareValue(key: string, value: unknown): string {
  const v = numberOf(value);
  if (Number.isNaN(v)) return NONE;
  const unit = UNITS.find(([end]) => key.endsWith(end));
  return unit ? unit[1](v) : number(v);
}

/** Words for marks of an axis; a mark that reads as the one before it has none. */
export function markWords(values: readonly number[], format: (value: number) => string): string[] {
  const words = values.map(format);
  return words.map((word, i) => (word === words[i - 1] ? "" : word));
}
