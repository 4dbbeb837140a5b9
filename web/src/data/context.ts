/** The one data source of this page, set once before the app mounts. */
import type { DataSource } from "./source";

let current: DataSource | null = null;

/** Called by main.tsx, and by tests. */
export function setSource(source: DataSource): void {
  current = source;
}

/** The page's data source. */
export function source(): DataSource {
  if (current === null) throw new Error("the data source is not set yet");
  return current;
}
