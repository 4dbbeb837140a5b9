/** The colours of runs by a column: a ramp for numbers, the palette for names. */
import { colour, colourAt } from "../state/colours";
import { dark } from "../state/theme";
import type { Dimension } from "./dimensions";
import { ramp, sharesOf } from "./ramp";

/** A colour for each run; without a column, each run's own. */
export function coloursOf(names: readonly string[], of: Dimension | null): string[] {
  if (!of) return names.map((name) => colour(name));
  const shares = of.numeric ? sharesOf(of.numbers, of.log) : [];
  const unknown = dark.value ? "#5b6470" : "#b6bec8";
  return names.map((_, i) => {
    const value = of.numbers[i]!;
    if (!Number.isFinite(value)) return unknown;
    return of.numeric ? ramp(shares[i]!, dark.value) : colourAt(value);
  });
}
