/** A resource of the data source as a component sees it: on its way, there, missing or failed. */
import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import { source } from "../data/context";
import { DataError, type Query } from "../data/source";

export type Resource<T> =
  | { state: "loading"; data?: undefined }
  | { state: "ready"; data: T }
  | { state: "missing" | "failed"; message: string; data?: undefined };

/** What changes when a resource does; null: a run that is not yet in git has no commit. */
export type Version = string | null;

const KEPT = 60; // answers, the oldest go first
const answers = new Map<string, Promise<unknown>>();

// How often the server began anew: whatever is shown is then asked for again.
const resets = signal(0);
let following = false;

function followResets(): void {
  if (following) return;
  following = true;
  source().subscribe?.((event) => {
    if (event.type !== "reset") return;
    answers.clear();
    resets.value += 1;
  });
}

/**
 * Fetch JSON once for a path, a query and a version.
 *
 * @param version what changes when the resource does, such as the run's newest commit; without
 *   one, a server is asked each time.
 * @throws DataError
 */
export function fetchJson<T>(path: string, query?: Query, version: Version = ""): Promise<T> {
  const get = () => source().json<T>(path, query);
  if ((version ?? "").trim() === "" && source().page.api !== undefined) return get();
  return remembered(`${path} ${JSON.stringify(query ?? {})} ${version}`, get);
}

function remembered<T>(key: string, get: () => Promise<T>): Promise<T> {
  const known = answers.get(key) as Promise<T> | undefined;
  if (known) return known;
  const asked = get();
  answers.set(key, asked);
  asked.catch(() => answers.delete(key));
  const oldest = answers.keys().next().value;
  if (answers.size > KEPT && oldest !== undefined) answers.delete(oldest);
  return asked;
}

/** A JSON resource; null asks for nothing yet. What is shown stays while a new version comes. */
export function useJson<T>(
  path: string | null,
  version: Version = "",
  query?: Query,
): Resource<T> {
  const asked = path === null ? null : `${path} ${JSON.stringify(query ?? {})}`;
  return useAsked<T>(asked, version, () => fetchJson<T>(path ?? "", query, version));
}

/** Whatever `get` gives for a key, asked again when the key or the version changes. */
export function useAsked<T>(
  key: string | null,
  version: Version,
  get: () => Promise<T>,
): Resource<T> {
  const [found, setFound] = useState<{ key: string | null; resource: Resource<T> }>({
    key,
    resource: { state: "loading" },
  });
  const reset = resets.value;
  useEffect(() => {
    if (key === null) return undefined;
    followResets();
    let current = true;
    const put = (resource: Resource<T>) => current && setFound({ key, resource });
    get().then(
      (data) => put({ state: "ready", data }),
      (error: unknown) => put(failed(error)),
    );
    return () => {
      current = false;
    };
  }, [key, version, reset]);
  return found.key === key ? found.resource : { state: "loading" };
}

function failed<T>(error: unknown): Resource<T> {
  const message = error instanceof Error ? error.message : String(error);
  const missing = error instanceof DataError && error.missing;
  return { state: missing ? "missing" : "failed", message };
}
