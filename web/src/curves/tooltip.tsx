/** The values of all curves at the crosshair, the highest first. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { Swatch } from "../components/swatch";
import { deltaOf } from "../lib/delta";
import { number, percent } from "../lib/format";
import { goals } from "../state/runs";
import { around, tip } from "./cursor";

const MOST_ROWS = 14;
const GAP = 16;

export function Tooltip() {
  const box = useRef<HTMLDivElement>(null);
  const shown = tip.value;
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || shown === null) return;
    const { width, height } = element.getBoundingClientRect();
    const right = shown.left + GAP + width > innerWidth;
    const left = right ? Math.max(4, shown.left - GAP - width) : shown.left + GAP;
    const top = Math.max(4, Math.min(shown.top - height / 2, innerHeight - height - 4));
    element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  });
  if (shown === null) return null;
  const { shown: rows, before, after } = around(shown.readings, shown.near, MOST_ROWS);
  const smooth = rows.some((reading) => reading.raw !== null);
  const base = shown.readings.find((reading) => reading.line.strong);
  const goal = goals.value.get(shown.metric) ?? null;
  return (
    <div class="gx-tip" ref={box} role="status">
      <p class="gx-tip-head">
        <b>{shown.title}</b> <span>{shown.at}</span>
      </p>
      <table>
        <tbody>
          {before > 0 && <More n={before} />}
          {rows.map((reading) => (
            <tr key={reading.line.label} class={reading.line === shown.near ? "gx-near" : ""}>
              <td>
                <Swatch colour={reading.line.colour} dash={reading.line.dash} />
                <span class="gx-tip-name">{reading.line.label}</span>
              </td>
              <td class="gx-num">{number(reading.value)}</td>
              {smooth && (
                <td class="gx-num gx-soft">{reading.raw === null ? "" : number(reading.raw)}</td>
              )}
              {base !== undefined && (
                <td class="gx-num">
                  {reading !== base && (
                    <Distance delta={deltaOf(reading.value, base.value, goal)} />
                  )}
                </td>
              )}
              {reading.line.low !== null && <td class="gx-num gx-soft">{reading.line.runs.length} runs</td>}
            </tr>
          ))}
          {after > 0 && <More n={after} />}
          {rows.length === 0 && (
            <tr>
              <td class="gx-soft">no curve here</td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

/** How far a curve is from the baseline's, per cent. */
function Distance({ delta }: { delta: ReturnType<typeof deltaOf> }) {
  if (delta === null || delta.share === null) return null;
  const tone = delta.better === null ? "gx-soft" : delta.better ? "gx-better" : "gx-worse";
  return <span class={tone}>{percent(delta.share, true)}</span>;
}

function More({ n }: { n: number }) {
  return (
    <tr>
      <td class="gx-soft" colSpan={4}>
        {n.toLocaleString("en")} more
      </td>
    </tr>
  );
}
