/** The reader's view in the URL: a link, a bookmark or a reload shows the same again. */
import { effect, type Signal } from "@preact/signals";
import { chosen } from "./colours";
import {
  band,
  baseline,
  columns,
  groupBy,
  ignoreOutliers,
  logX,
  logY,
  mostShown,
  panelSearch,
  panelSize,
  pinned,
  search,
  smoothing,
  sort,
  switched,
  where,
  xAxis,
  type Band,
  type PanelSize,
  type XAxis,
} from "./view";

interface Entry {
  /** null: as it is without a word. */
  write: () => string | null;
  read: (text: string) => void;
}

const text = (of: Signal<string>): Entry => ({
  write: () => of.value || null,
  read: (given) => (of.value = given),
});
const textOrNone = (of: Signal<string | null>): Entry => ({
  write: () => of.value,
  read: (given) => (of.value = given),
});
const choice = <T extends string>(of: Signal<T>, usual: T, among: readonly T[]): Entry => ({
  write: () => (of.value === usual ? null : of.value),
  read: (given) => {
    if ((among as readonly string[]).includes(given)) of.value = given as T;
  },
});
const flag = (of: Signal<boolean>, usual: boolean): Entry => ({
  write: () => (of.value === usual ? null : of.value ? "1" : "0"),
  read: (given) => (of.value = given === "1"),
});
const number = (of: Signal<number>, usual: number, least: number, most: number): Entry => ({
  write: () => (of.value === usual ? null : String(of.value)),
  read: (given) => {
    const value = Number(given);
    if (given !== "" && value >= least && value <= most) of.value = value;
  },
});
const list = (write: () => readonly string[] | null, read: (of: string[]) => void): Entry => ({
  write: () => write()?.map(encodeURIComponent).join("~") ?? null,
  read: (given) => read(given.split("~").filter(Boolean).map(decodeURIComponent)),
});
const none = (of: readonly string[]) => (of.length > 0 ? of : null);

const ENTRIES: Record<string, Entry> = {
  q: text(search),
  where: text(where),
  panels: text(panelSearch),
  sort: {
    write: () =>
      sort.value.key === "created" && !sort.value.down
        ? null
        : `${sort.value.down ? "-" : ""}${sort.value.key}`,
    read: (given) => (sort.value = { key: given.replace(/^-/, ""), down: given.startsWith("-") }),
  },
  columns: list(
    () => columns.value,
    (given) => (columns.value = given),
  ),
  group: textOrNone(groupBy),
  band: choice<Band>(band, "range", ["range", "deviation", "none"]),
  baseline: textOrNone(baseline),
  x: {
    write: () => {
      const axis = xAxis.value;
      return typeof axis === "object" ? `metric:${axis.metric}` : axis === "step" ? null : axis;
    },
    read: (given) => {
      if (given.startsWith("metric:")) xAxis.value = { metric: given.slice(7) };
      else if (given === "time" || given === "relative") xAxis.value = given as XAxis;
    },
  },
  smooth: number(smoothing, 0, 0, 0.999),
  logx: flag(logX, false),
  logy: flag(logY, false),
  calm: flag(ignoreOutliers, true),
  draw: number(mostShown, 50, 0, 1e6),
  size: choice<PanelSize>(panelSize, "medium", ["small", "medium", "large"]),
  pin: list(
    () => none(pinned.value),
    (given) => (pinned.value = given),
  ),
  on: list(
    () => none([...switched.value].filter(([, on]) => on).map(([name]) => name)),
    (given) => switchTo(given, true),
  ),
  off: list(
    () => none([...switched.value].filter(([, on]) => !on).map(([name]) => name)),
    (given) => switchTo(given, false),
  ),
  colours: list(
    () => none(Object.entries(chosen.value).map(([run, place]) => `${place}.${run}`)),
    (given) => {
      const pairs = given.map((one) => [one.slice(one.indexOf(".") + 1), parseInt(one, 10)] as const);
      chosen.value = Object.fromEntries(pairs.filter(([, place]) => place >= 0));
    },
  ),
};
// A URL that names more runs than this is of no use to anybody.
const LONGEST = 6000;

function switchTo(names: readonly string[], on: boolean): void {
  const next = new Map(switched.value);
  for (const name of names) next.set(name, on);
  switched.value = next;
}

/** Take the view from the part of a fragment after `?`. */
export function readView(fragment: string): void {
  const at = fragment.indexOf("?");
  if (at < 0) return;
  for (const [key, given] of new URLSearchParams(fragment.slice(at + 1)))
    if (Object.hasOwn(ENTRIES, key)) {
      try {
        ENTRIES[key]!.read(given);
      } catch {
        // A link that was cut short: the rest of it still counts.
      }
    }
}

/** The view as parameters; what is as usual is left out. */
export function writeView(): string {
  const found = new URLSearchParams();
  for (const [key, entry] of Object.entries(ENTRIES)) {
    const written = entry.write();
    if (written !== null) found.set(key, written);
  }
  const whole = found.toString();
  if (whole.length <= LONGEST) return whole;
  for (const key of ["on", "off", "colours"]) found.delete(key);
  return found.toString();
}

/** Read the view from the URL once, and keep it there from now on. */
export function followView(): void {
  readView(location.hash);
  const put = (view: string) => {
    const [path = ""] = location.hash.replace(/^#/, "").split("?", 1);
    const hash = `#${path || "/"}${view === "" ? "" : `?${view}`}`;
    if (hash !== location.hash && (location.hash !== "" || view !== ""))
      history.replaceState(history.state, "", hash);
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    const view = writeView();
    clearTimeout(timer);
    // Browsers refuse many changes in a row, as a slider makes them.
    timer = setTimeout(() => put(view), 250);
  });
  addEventListener("hashchange", () => {
    if (location.hash.includes("?")) readView(location.hash);
    else put(writeView());
  });
}
