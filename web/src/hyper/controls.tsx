/** Choosing a column of the runs, and the legend of a ramp of colours. */
import { number } from "../lib/format";
import { plain } from "../run/ansi";
import { dark } from "../state/theme";
import { idOf, type Dimension } from "./dimensions";
import { ramp } from "./ramp";

interface SelectProps {
  label: string;
  dimensions: readonly Dimension[];
  value: string; // an id, or ""
  choose: (id: string) => void;
  /** What an empty choice is called; left out: something is always chosen. */
  none?: string;
}

const KINDS = [
  ["config", "Config"],
  ["metric", "Metrics"],
  ["fact", "Facts"],
] as const;

export function DimensionSelect({ label, dimensions, value, choose, none }: SelectProps) {
  return (
    <label class="gp-check">
      {label}
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {none !== undefined && <option value="">{none}</option>}
        {KINDS.map(([kind, title]) => {
          const own = dimensions.filter((one) => one.kind === kind);
          return own.length ? (
            <optgroup key={kind} label={title}>
              {own.map((one) => (
                <option key={one.key} value={idOf(one)}>
                  {plain(one.key)}
                </option>
              ))}
            </optgroup>
          ) : null;
        })}
      </select>
    </label>
  );
}

/** What the colours stand for: ends of a ramp, or names. */
export function ColourLegend({ of, colours }: { of: Dimension; colours: (place: number) => string }) {
  const isDark = dark.value;
  const finite = of.numbers.filter(Number.isFinite);
  if (!of.numeric)
    return (
      <ul class="gp-legend">
        {of.names.slice(0, 12).map((name, i) => (
          <li key={name}>
            <i style={{ background: colours(i) }} /> {plain(name)}
          </li>
        ))}
      </ul>
    );
  if (!finite.length) return null;
  const stops = [0, 0.25, 0.5, 0.75, 1].map((share) => ramp(share, isDark));
  return (
    <span class="gp-ramp">
      {plain(of.key)} {number(finite.reduce((a, b) => Math.min(a, b)))}
      <i style={{ background: `linear-gradient(90deg, ${stops.join(",")})` }} aria-hidden="true" />
      {number(finite.reduce((a, b) => Math.max(a, b)))}
    </span>
  );
}
