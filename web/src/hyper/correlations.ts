/** How each hyperparameter goes together with a metric, the strongest first. Pure. */
import type { Dimension } from "./dimensions";
import { correlationRatio, pearson, spearman } from "./statistics";

export interface Correlation {
  key: string;
  numeric: boolean;
  n: number; // runs that have both
  pearson: number | null; // of numbers
  spearman: number | null; // of numbers
  eta: number | null; // of names: 0 … 1, without a direction
  /** What it is ranked by: the larger of |pearson| and |spearman|, or eta; 0: unknown. */
  strength: number;
}

export function correlations(dimensions: readonly Dimension[], metric: Dimension): Correlation[] {
  return dimensions
    .filter((one) => one.kind === "config")
    .map((one) => correlationOf(one, metric))
    .sort((a, b) => b.strength - a.strength || b.n - a.n);
}

export function correlationOf(one: Dimension, metric: Dimension): Correlation {
  const both = metric.numbers
    .map((_, i) => i)
    .filter((i) => Number.isFinite(metric.numbers[i]) && (one.numeric ? Number.isFinite(one.numbers[i]) : one.texts[i] !== ""));
  const ys = both.map((i) => metric.numbers[i]!);
  const found = { key: one.key, numeric: one.numeric, n: both.length, pearson: null, spearman: null, eta: null, strength: 0 };
  if (!one.numeric) {
    const eta = correlationRatio(both.map((i) => one.texts[i]!), ys);
    return { ...found, eta, strength: eta ?? 0 };
  }
  const xs = both.map((i) => one.numbers[i]!);
  const [r, rho] = [pearson(xs, ys), spearman(xs, ys)];
  return { ...found, pearson: r, spearman: rho, strength: Math.max(Math.abs(r ?? 0), Math.abs(rho ?? 0)) };
}
