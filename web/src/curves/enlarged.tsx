/** A panel as large as the window, until Escape. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../components/icons";
import { Tooltip } from "./tooltip";

interface EnlargedProps {
  title: string;
  close: () => void;
  /** Given the chart's height, pixels. */
  children: (height: number) => ComponentChildren;
}

export function Enlarged({ title, close, children }: EnlargedProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [height, setHeight] = useState(() => tall());
  useEffect(() => {
    dialog.current?.showModal();
    const resized = () => setHeight(tall());
    addEventListener("resize", resized);
    return () => removeEventListener("resize", resized);
  }, []);
  return (
    <dialog
      class="gx-dialog"
      ref={dialog}
      aria-label={title}
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <header class="gx-curve-head">
        <h2>{title}</h2>
        <button
          type="button"
          class="gx-button gx-bare"
          aria-label="Close"
          title="Close (Escape)"
          onClick={close}
        >
          <Icon name="close" />
        </button>
      </header>
      {children(height)}
      <Tooltip />
    </dialog>
  );
}

function tall(): number {
  return Math.max(240, Math.round(innerHeight * 0.62));
}
