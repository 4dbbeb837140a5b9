/** Which page shows: the part of the URL after `#`. */
import { signal } from "@preact/signals";

const TABS = ["curves", "table", "hyperparameters", "seeds", "energy"] as const;
export type Tab = (typeof TABS)[number];

export type Route =
  | { page: "workspace"; tab: Tab }
  | { page: "run"; name: string; part: string | null }
  | { page: "compare"; names: string[] };

/** Read the fragment of a URL, with or without `#`; what is none of ours is the workspace. */
export function parseRoute(fragment: string): Route {
  const [path = ""] = fragment.replace(/^#/, "").split("?", 1);
  const parts = path.split("/").filter(Boolean).map(decoded);
  if (parts[0] === "run" && parts[1] !== undefined)
    return { page: "run", name: parts[1], part: parts[2] ?? null };
  if (parts[0] === "compare" && parts.length > 1)
    return { page: "compare", names: parts.slice(1, 9) };
  return { page: "workspace", tab: TABS.find((tab) => tab === parts[0]) ?? "curves" };
}

export const links = {
  workspace: "#/",
  table: "#/table",
  hyperparameters: "#/hyperparameters",
  seeds: "#/seeds",
  energy: "#/energy",
  run: (name: string, part?: string) =>
    `#/run/${encodeURIComponent(name)}${part === undefined ? "" : `/${part}`}`,
  compare: (names: readonly string[]) => `#/compare/${names.map(encodeURIComponent).join("/")}`,
};

export const route = signal<Route>(parseRoute(typeof location === "undefined" ? "" : location.hash));

/** Follow the fragment of the URL from now on. */
export function followRoute(): void {
  addEventListener("hashchange", () => (route.value = parseRoute(location.hash)));
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
