/** The line between two panes, moved with the pointer or the arrow keys. */
import type { Signal } from "@preact/signals";

interface SplitterProps {
  /** Width of the left pane, pixels. */
  width: Signal<number>;
  label: string;
}

const LEAST = 220;
const KEY_STEP = 24;

export function Splitter({ width, label }: SplitterProps) {
  const most = () => Math.max(LEAST, innerWidth - 340);
  const set = (to: number) => (width.value = Math.round(Math.min(most(), Math.max(LEAST, to))));
  return (
    <div
      class="gx-splitter"
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width.value}
      aria-valuemin={LEAST}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) set(event.clientX);
      }}
      onKeyDown={(event) => {
        if (event.key === "ArrowLeft") set(width.value - KEY_STEP);
        else if (event.key === "ArrowRight") set(width.value + KEY_STEP);
        else return;
        event.preventDefault();
      }}
    />
  );
}
