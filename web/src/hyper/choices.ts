/** What charts show before the reader chooses. Pure. */
import { correlationOf } from "./correlations";
import { isUsable, varies, type Dimension } from "./dimensions";

const MOST_AXES = 7; // config keys
const LEAST_SHARE = 0.5; // of the runs must have a key

/**
 * Axes of parallel coordinates: the config keys that go together with the metric most, in the
 * config's order, and the metric last.
 */
export function defaultAxes(dimensions: readonly Dimension[], metric: Dimension): Dimension[] {
  const runs = metric.numbers.length;
  const keys = dimensions
    .filter((one) => one.kind === "config" && isUsable(one) && varies(one))
    .map((one) => ({ one, known: one.texts.filter(Boolean).length, by: correlationOf(one, metric).strength }));
  const common = keys.filter(({ known }) => known >= LEAST_SHARE * runs);
  const best = [...(common.length ? common : keys)].sort((a, b) => b.by - a.by).slice(0, MOST_AXES);
  const chosen = new Set(best.map(({ one }) => one));
  return [...dimensions.filter((one) => chosen.has(one)), metric];
}
