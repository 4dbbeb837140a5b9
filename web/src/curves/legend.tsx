/** The names of a chart's curves. */
import { Swatch } from "../components/swatch";
import { number } from "../lib/format";
import { hovered } from "../state/view";
import type { Line } from "./lines";

interface LegendProps {
  lines: readonly Line[];
  /** Whether their last values stand beside them. */
  values?: boolean;
}

const MOST = 60;

export function Legend({ lines, values = false }: LegendProps) {
  return (
    <ul class="gx-legend">
      {lines.slice(0, MOST).map((line) => (
        <li
          key={line.label}
          onPointerEnter={() => (hovered.value = line.runs[0] ?? null)}
          onPointerLeave={() => (hovered.value = null)}
        >
          <Swatch colour={line.colour} dash={line.dash} />
          <span class="gx-clip">{line.label}</span>
          {values && <b>{number(line.ys.at(-1))}</b>}
        </li>
      ))}
      {lines.length > MOST && <li class="gx-soft">{lines.length - MOST} more</li>}
    </ul>
  );
}
