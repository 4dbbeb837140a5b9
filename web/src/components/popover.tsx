/** A button that opens a small panel under it; Escape, a click elsewhere or Tab past it close it. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icons";

interface PopoverProps {
  /** What the button is called. */
  label: string;
  icon?: IconName;
  /** The label is read and not shown. */
  bare?: boolean;
  /** Something is chosen inside that differs from the usual. */
  marked?: boolean;
  align?: "left" | "right";
  children: (close: () => void) => ComponentChildren;
}

export function Popover({ label, icon, bare, marked, align = "left", children }: PopoverProps) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const close = () => setOpen(false);
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) close();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    const first = ".gx-pop :is(input, select, button, [tabindex])";
    box.current?.querySelector<HTMLElement>(first)?.focus();
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
    };
  }, [open]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !open) return;
    event.stopPropagation();
    close();
    button.current?.focus();
  };
  return (
    <div class="gx-popover" ref={box} onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        class={`gx-button${bare ? " gx-bare" : ""}${marked ? " gx-marked" : ""}`}
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-label={label}
        title={label}
        onClick={() => setOpen(!open)}
      >
        {icon && <Icon name={icon} />}
        {!bare && <span>{label}</span>}
      </button>
      {open && (
        <div class={`gx-pop gx-${align}`} role="dialog" aria-label={label}>
          {children(close)}
        </div>
      )}
    </div>
  );
}
