/** What is brushed, in fields: for the keyboard, and for exact ranges. */
import { number } from "../lib/format";
import { plain } from "../run/ansi";
import { idOf, type Dimension, type Interval } from "./dimensions";
import type { Brushes } from "./parallel";

interface RangesProps {
  axes: readonly Dimension[];
  brushes: Brushes;
  brush: (id: string, intervals: readonly Interval[]) => void;
}

export function Ranges({ axes, brushes, brush }: RangesProps) {
  return (
    <details class="gp-fold">
      <summary>Ranges in numbers</summary>
      <div class="gp-ranges">
        {axes.map((axis) => (
          <fieldset key={idOf(axis)}>
            <legend>{plain(axis.key)}</legend>
            {axis.numeric ? (
              <NumberRange axis={axis} intervals={brushes.get(idOf(axis)) ?? []} brush={brush} />
            ) : (
              <NameRange axis={axis} intervals={brushes.get(idOf(axis)) ?? []} brush={brush} />
            )}
          </fieldset>
        ))}
      </div>
    </details>
  );
}

interface RangeProps {
  axis: Dimension;
  intervals: readonly Interval[];
  brush: (id: string, intervals: readonly Interval[]) => void;
}

function NumberRange({ axis, intervals, brush }: RangeProps) {
  const finite = axis.numbers.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  const [from, to] = intervals[0] ?? [low, high];
  const put = (next: Interval) => {
    if (Number.isNaN(next[0]) || Number.isNaN(next[1])) return;
    brush(idOf(axis), next[0] <= low && next[1] >= high ? [] : [next]);
  };
  return (
    <>
      <input type="number" step="any" aria-label={`${axis.key} from`} value={short(from)} onChange={(event) => put([event.currentTarget.valueAsNumber, to])} />
      <span>to</span>
      <input type="number" step="any" aria-label={`${axis.key} to`} value={short(to)} onChange={(event) => put([from, event.currentTarget.valueAsNumber])} />
    </>
  );
}

function short(value: number): string {
  const text = number(value, 6);
  return Number.isFinite(Number(text)) ? text : "";
}

function NameRange({ axis, intervals, brush }: RangeProps) {
  const inside = (place: number) => intervals.some(([low, high]) => place >= low && place <= high);
  const toggle = (place: number) => {
    const chosen = axis.names.map((_, i) => i).filter((i) => (i === place ? !inside(i) : inside(i)));
    brush(idOf(axis), chosen.map((i) => [i - 0.4, i + 0.4] as const));
  };
  return (
    <>
      {axis.names.slice(0, 30).map((name, i) => (
        <label class="gp-check" key={name}>
          <input type="checkbox" checked={inside(i)} onChange={() => toggle(i)} /> {plain(name)}
        </label>
      ))}
    </>
  );
}
