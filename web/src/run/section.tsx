/** A section of a page that begins to work when it is opened and near the screen. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Resource } from "./resource";

interface SectionProps {
  id: string;
  title: string;
  /** A few words beside the title, known without fetching. */
  note?: ComponentChildren;
  closed?: boolean;
  children: () => ComponentChildren;
}

/** Its content is rendered, and so fetched, only from when it is first seen. */
export function Section({ id, title, note, closed = false, children }: SectionProps) {
  const [open, setOpen] = useState(!closed);
  const [body, seen] = useSeen<HTMLDivElement>();
  return (
    <section class="gp-section" id={`part-${id}`} aria-labelledby={`part-${id}-title`}>
      <h2 id={`part-${id}-title`} class="gp-section-title">
        <button
          type="button"
          class="gp-toggle"
          aria-expanded={open}
          aria-controls={`part-${id}-body`}
          onClick={() => setOpen(!open)}
        >
          <Chevron open={open} />
          {title}
        </button>
        {note !== undefined && note !== null && <span class="gp-note">{note}</span>}
      </h2>
      <div id={`part-${id}-body`} class="gp-section-body" ref={body} hidden={!open}>
        {open && (seen ? children() : <div class="gp-waiting" />)}
      </div>
    </section>
  );
}

export function Chevron({ open }: { open: boolean }) {
  return (
    <svg class={`gp-chevron${open ? " open" : ""}`} viewBox="0 0 10 10" aria-hidden="true">
      <path d="M3 1.5 6.8 5 3 8.5" fill="none" stroke="currentColor" stroke-width="1.5" />
    </svg>
  );
}

/** A ref, and whether its element has come near the screen; true from then on. */
export function useSeen<E extends Element>(margin = "500px") {
  const [seen, setSeen] = useState(false);
  const element = useRef<E>(null);
  useEffect(() => {
    const target = element.current;
    if (seen || !target) return undefined;
    if (typeof IntersectionObserver === "undefined") {
      setSeen(true);
      return undefined;
    }
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true),
      { rootMargin: margin },
    );
    observer.observe(target);
    return () => observer.disconnect();
  }, [seen]);
  return [element, seen] as const;
}

interface LoadedProps<T> {
  of: Resource<T>;
  /** What to do where a report does not hold it. */
  missing?: ComponentChildren;
  children: (data: T) => ComponentChildren;
}

/** A resource's content, or that it is on its way, missing or failed. */
export function Loaded<T>({ of, missing, children }: LoadedProps<T>) {
  if (of.state === "ready") return <>{children(of.data)}</>;
  if (of.state === "loading")
    return (
      <p class="gp-waiting" role="status">
        Loading…
      </p>
    );
  return (
    <p class={of.state === "failed" ? "gp-failed" : "gp-empty"} role="status">
      {of.state === "missing" && missing ? missing : of.message}
    </p>
  );
}
