/** Rows of equal height of which only those on the screen are in the page. */
import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

const BEYOND = 12; // rows rendered above and below what shows

interface VirtualProps {
  count: number;
  rowHeight: number; // pixels
  label: string;
  class?: string;
  row: (index: number) => ComponentChildren;
  /** Bring a row into sight; each new object does it again. */
  show?: { row: number } | null;
  /** Stay at the end while rows are added, as long as the reader is there. */
  follow?: boolean;
  onTop?: () => void;
  box?: RefObject<HTMLDivElement>;
}

export function VirtualRows(props: VirtualProps) {
  const { count, rowHeight, label, row, show, follow = false, onTop } = props;
  const own = useRef<HTMLDivElement>(null);
  const box = props.box ?? own;
  const atEnd = useRef(follow);
  const [view, setView] = useState({ top: 0, height: 600 });

  const look = () => {
    const element = box.current;
    if (!element) return;
    atEnd.current = element.scrollTop + element.clientHeight >= element.scrollHeight - 2 * rowHeight;
    setView((old) =>
      old.top === element.scrollTop && old.height === element.clientHeight
        ? old
        : { top: element.scrollTop, height: element.clientHeight },
    );
  };
  useLayoutEffect(() => {
    look();
    const element = box.current;
    if (!element || typeof ResizeObserver === "undefined") return undefined;
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (follow && atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
    look();
  }, [count, follow]);
  useEffect(() => {
    const element = box.current;
    if (!show || !element) return;
    const top = show.row * rowHeight;
    if (top < element.scrollTop || top > element.scrollTop + element.clientHeight - 2 * rowHeight)
      element.scrollTop = Math.max(0, top - element.clientHeight / 2);
    look();
  }, [show]);

  const first = Math.max(0, Math.floor(view.top / rowHeight) - BEYOND);
  const last = Math.min(count, Math.ceil((view.top + view.height) / rowHeight) + BEYOND);
  const rows = [];
  for (let i = first; i < last; i += 1) rows.push(row(i));
  return (
    <div
      class={`gp-virtual ${props.class ?? ""}`}
      role="region"
      aria-label={label}
      tabIndex={0}
      ref={box}
      onScroll={(event) => {
        look();
        if (event.currentTarget.scrollTop === 0) onTop?.();
      }}
    >
      <div class="gp-virtual-all" style={{ height: `${count * rowHeight}px` }}>
        <div class="gp-virtual-part" style={{ transform: `translateY(${first * rowHeight}px)` }}>
          {rows}
        </div>
      </div>
    </div>
  );
}
