/** Hardware keys in groups: one plot for a measure over all devices, or all measures of one. Pure. */
import { natural } from "./natural";
import { hardwareName } from "./words";

export interface Measure {
  title: string;
  /** Keys and what they are called in the plot. */
  keys: { key: string; label: string }[];
}

export interface Group {
  title: string;
  measures: Measure[];
}

const ORDER = ["GPU", "CPU", "Memory", "Process", "Disk and network", "Other"];
const TELLING = [
  /^gpu\.\d+\.utilization_pct$/,
  /^gpu\.\d+\.memory_used_bytes$/,
  /^gpu\.\d+\.power_w$/,
  /^gpu\.\d+\.temperature_c$/,
  /^gpu\.\d+\.throttled_pct$/,
  /^cpu\.utilization_pct$/,
  /^process\.cpu_pct$/,
  /^process\.rss_bytes$/,
  /^memory\.used_bytes$/,
];

/**
 * @param byDevice one group for each GPU, instead of one plot with a line for each GPU.
 */
export function groupsOf(keys: readonly string[], byDevice: boolean): Group[] {
  const groups = new Map<string, Map<string, Measure>>();
  const sorted = [...keys].sort((a, b) => place(a) - place(b) || natural(a, b));
  for (const key of sorted) {
    const device = /^(gpu|cpu\.package|cpu\.dram)\.(\d+)\.(.*)$/.exec(key);
    const gpu = device?.[1] === "gpu";
    const title = gpu && byDevice ? `GPU ${device[2]}` : areaOf(key);
    const shared = device && !(gpu && byDevice) ? `${device[1]}.${device[3]}` : key;
    const measures = groups.get(title) ?? new Map<string, Measure>();
    groups.set(title, measures);
    const name = hardwareName(gpu && byDevice ? device[3]! : shared);
    const measure = measures.get(shared) ?? { title: name, keys: [] };
    measures.set(shared, measure);
    measure.keys.push({ key, label: device ? (gpu ? `GPU ${device[2]}` : `${device[2]}`) : name });
  }
  return [...groups]
    .sort(([a], [b]) => area(a) - area(b) || natural(a, b))
    .map(([title, measures]) => ({ title, measures: told([...measures.values()]) }));
}

/** Measures of one name (memory used in bytes and in per cent) say their unit. */
function told(measures: Measure[]): Measure[] {
  return measures.map((measure) => {
    const twice = measures.filter(({ title }) => title === measure.title).length > 1;
    const unit = /_(pct|bytes)$/.exec(measure.keys[0]!.key)?.[1];
    if (!twice || !unit) return measure;
    return { ...measure, title: `${measure.title}, ${unit === "pct" ? "per cent" : unit}` };
  });
}

/** How many GPUs the keys are of. */
export function gpuCount(keys: readonly string[]): number {
  return new Set(keys.map((key) => /^gpu\.(\d+)\./.exec(key)?.[1]).filter(Boolean)).size;
}

/** Whether a plot of a key should begin at zero: shares and amounts, not temperatures or clocks. */
export function beginsAtZero(key: string): boolean {
  return /_(pct|bytes|w|bytes_per_s)$/.test(key) && !/free|available/.test(key);
}

function areaOf(key: string): string {
  const [first = ""] = key.split(".");
  if (first === "gpu") return "GPU";
  if (first === "cpu") return "CPU";
  if (first === "memory" || first === "swap") return "Memory";
  if (first === "process") return "Process";
  return first === "disk" || first === "network" ? "Disk and network" : "Other";
}

function area(title: string): number {
  const at = ORDER.indexOf(title.startsWith("GPU") ? "GPU" : title);
  return at < 0 ? ORDER.length : at;
}

function place(key: string): number {
  const at = TELLING.findIndex((pattern) => pattern.test(key));
  return at < 0 ? TELLING.length : at;
}

