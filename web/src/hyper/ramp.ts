/** A colour for a number between two ends: dark to bright, even for all kinds of colour vision. */

// Stops of a ramp from blue over teal to yellow; the light theme's end is darker, to be seen on white.
const STOPS = {
  light: [[45, 42, 138], [38, 104, 160], [26, 145, 130], [109, 165, 62], [205, 160, 20]],
  dark: [[104, 112, 224], [70, 150, 214], [64, 190, 168], [150, 208, 100], [246, 226, 90]],
} as const; // prettier-ignore

/** The colour at a share 0 … 1; anything else is the nearest end. */
export function ramp(share: number, dark: boolean): string {
  const stops = STOPS[dark ? "dark" : "light"];
  const place = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const low = Math.min(stops.length - 2, Math.floor(place));
  const [a, b] = [stops[low]!, stops[low + 1]!];
  const mixed = a.map((from, k) => Math.round(from + (b[k]! - from) * (place - low)));
  return `#${mixed.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

/** Where values lie between the ends of a column, 0 … 1, by logarithm where that fits. */
export function sharesOf(values: readonly number[], log: boolean): number[] {
  const scaled = log ? values.map(Math.log) : values;
  const finite = scaled.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  return scaled.map((value) => (high > low ? (value - low) / (high - low) : 0.5));
}
