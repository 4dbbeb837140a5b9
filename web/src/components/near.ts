/** Whether an element is near the screen: what is far away is not drawn. */
import { useEffect, useRef, useState } from "preact/hooks";

/**
 * A ref, and whether its element is within `margin` of the screen.
 *
 * Where the browser cannot tell, everything is near.
 */
export function useNear<E extends Element>(margin = "400px") {
  const [near, setNear] = useState(typeof IntersectionObserver === "undefined");
  const element = useRef<E>(null);
  useEffect(() => {
    if (typeof IntersectionObserver === "undefined" || element.current === null) return undefined;
    const observer = new IntersectionObserver(
      (entries) => setNear(entries.at(-1)!.isIntersecting),
      { rootMargin: margin },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return [element, near] as const;
}
