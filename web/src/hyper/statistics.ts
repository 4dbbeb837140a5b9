/** How strongly a hyperparameter and a metric go together. Pure. */

/** Mean of numbers; NaN of none. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Pearson's r of n pairs.
 *
 * @returns null where fewer than three pairs are given or one side does not vary.
 */
export function pearson(xs: readonly number[], ys: readonly number[]): number | null {
  if (xs.length < 3) return null;
  const mx = mean(xs);
  const my = mean(ys);
  let xy = 0;
  let xx = 0;
  let yy = 0;
  xs.forEach((x, i) => {
    const dx = x - mx;
    const dy = (ys[i] ?? NaN) - my;
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  });
  const scale = Math.sqrt(xx * yy);
  // A spread that is only rounding is none.
  if (!(scale > 1e-12 * (Math.abs(mx * my) + 1e-300) * xs.length)) return null;
  return clamp(xy / scale, -1, 1);
}

/** Ranks from 1; equal values share the mean of their ranks. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const out = new Array<number>(values.length).fill(0);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end] ?? 0] === values[order[start] ?? 0]) end += 1;
    for (let i = start; i < end; i += 1) out[order[i] ?? 0] = (start + end + 1) / 2;
    start = end;
  }
  return out;
}

/** Spearman's rho: Pearson's r of the ranks. */
export function spearman(xs: readonly number[], ys: readonly number[]): number | null {
  return pearson(ranks(xs), ranks(ys));
}

/**
 * The correlation ratio eta of a number over categories, 0 … 1: the root of the share of its
 * variance that lies between the categories.
 *
 * @returns null where there are fewer than three values, fewer than two categories, as many
 *   categories as values (then it is always 1), or no variance.
 */
export function correlationRatio(
  categories: readonly string[],
  values: readonly number[],
): number | null {
  const groups = new Map<string, number[]>();
  categories.forEach((category, i) => {
    const group = groups.get(category);
    const value = values[i] ?? NaN;
    if (group) group.push(value);
    else groups.set(category, [value]);
  });
  if (values.length < 3 || groups.size < 2 || groups.size === values.length) return null;
  const all = mean(values);
  const total = values.reduce((sum, value) => sum + (value - all) ** 2, 0);
  if (!(total > 1e-24 * all * all * values.length)) return null;
  let between = 0;
  for (const group of groups.values()) between += group.length * (mean(group) - all) ** 2;
  return Math.sqrt(clamp(between / total, 0, 1));
}

/** Mean, spread (standard deviation of the sample) and ends of some numbers. */
export interface Spread {
  n: number;
  mean: number;
  deviation: number; // 0 of one number
  min: number;
  max: number;
}

export function spread(values: readonly number[]): Spread {
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return {
    n: values.length,
    mean: middle,
    deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0,
    min: Math.min(...values),
    max: Math.max(...values),
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
