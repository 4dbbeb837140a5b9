/** A picture in the whole window; arrow keys go to its neighbours, Escape closes. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { MediaItem } from "../data/types";
import { plain } from "../run/ansi";
import { Picture, type Hidden } from "./image";

interface LightboxProps {
  run: string;
  items: readonly MediaItem[];
  first: number;
  hidden: Hidden;
  close: () => void;
}

export function Lightbox({ run, items, first, hidden, close }: LightboxProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [at, setAt] = useState(Math.min(first, items.length - 1));
  useEffect(() => dialog.current?.showModal(), []);
  const item = items[at];
  if (!item) return null;
  const go = (by: number) => setAt((at + by + items.length) % items.length);
  return (
    <dialog
      ref={dialog}
      class="gp-lightbox"
      aria-label={`${plain(item.key)}, step ${item.step}, ${plain(run)}`}
      onClose={close}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
      onKeyDown={(event) => {
        if (event.key === "ArrowRight") go(1);
        else if (event.key === "ArrowLeft") go(-1);
      }}
    >
      <header>
        <span>
          <strong>{plain(item.key)}</strong> step {item.step} · {plain(run)} · {at + 1} of {items.length}
        </span>
        <span>
          <button type="button" class="gp-button" onClick={() => go(-1)} aria-label="Previous picture">
            ←
          </button>
          <button type="button" class="gp-button" onClick={() => go(1)} aria-label="Next picture">
            →
          </button>
          <button type="button" class="gp-button" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </span>
      </header>
      <Picture key={item.path} run={run} item={item} hidden={hidden} whole />
    </dialog>
  );
}
