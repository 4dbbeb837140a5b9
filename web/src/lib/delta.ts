/** Distances from the baseline. */
import type { Goal } from "../data/types";

/** How much a metric differs from the baseline's, and whether that is better. */
export function deltaOf(
  value: number,
  base: number,
  goal: Goal,
): { share: number | null; better: boolean | null } | null {
  if (!Number.isFinite(value) || !Number.isFinite(base)) return null;
  const delta = value - base;
  const share = base === 0 ? null : (100 * delta) / Math.abs(base);
  return { share, better: goal === null || delta === 0 ? null : delta < 0 === (goal === "lower") };
}
