/** Smoothing of noisy curves. */

/**
 * Exponential moving mean, debiased: the first values are not drawn towards zero.
 *
 * @param values n of them; those that are not finite are left as they are and not averaged.
 * @param weight of the past, 0 (none) to below 1.
 * Source: the bias correction of D. P. Kingma and J. Ba, "Adam", 2014, section 3, as TensorBoard
 * applies it to scalars.
 */
export function smoothed(values: Float64Array, weight: number): Float64Array {
  if (!(weight > 0)) return values;
  const w = Math.min(weight, 0.9999);
  const found = new Float64Array(values.length);
  let mean = 0;
  let past = 1; // w ** number of values so far
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      found[i] = value;
      continue;
    }
    mean = mean * w + (1 - w) * value;
    past *= w;
    found[i] = mean / (1 - past);
  }
  return found;
}
