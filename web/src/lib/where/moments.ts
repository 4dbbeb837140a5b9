/** Times and durations as people type them: `2 days ago`, `2026-01-31`, `1h 30m`. */

const DAY = 86400;
const UNITS: Record<string, number> = {
  ms: 0.001,
  s: 1, sec: 1, second: 1,
  m: 60, min: 60, minute: 60,
  h: 3600, hr: 3600, hour: 3600,
  d: DAY, day: DAY,
  w: 7 * DAY, week: 7 * DAY,
  mo: 30 * DAY, month: 30 * DAY,
  y: 365 * DAY, year: 365 * DAY,
}; // prettier-ignore

/** Seconds of `10m`, `1h 30m`, `2 days`, `90` (seconds); null if it is no duration. */
export function parseDuration(given: string): number | null {
  const text = given.trim();
  const part = /\s*(\d+(?:\.\d+)?)\s*([a-z]+)?\s*(?:,|and\b)?/iy;
  let total = 0;
  let at = 0;
  while (at < text.length) {
    part.lastIndex = at;
    const match = part.exec(text);
    if (match === null) return null;
    const unit = (match[2] ?? "s").toLowerCase();
    const size = UNITS[unit] ?? UNITS[unit.replace(/s$/, "")];
    if (size === undefined) return null;
    if (match[2] === undefined && (at > 0 || part.lastIndex < text.length)) return null;
    total += Number(match[1]) * size;
    at = part.lastIndex;
  }
  return text === "" ? null : total;
}

/** Seconds since the epoch of a time as people write it, in local time; null if it is none. */
export function parseTime(given: string, now_s: number): number | null {
  const text = given.trim();
  const words = text.toLowerCase();
  const midnight = new Date(now_s * 1000);
  midnight.setHours(0, 0, 0, 0);
  if (words === "now") return now_s;
  if (words === "today") return midnight.getTime() / 1000;
  if (words === "yesterday") {
    midnight.setDate(midnight.getDate() - 1);
    return midnight.getTime() / 1000;
  }
  if (words.endsWith("ago")) {
    const before = parseDuration(words.slice(0, -3));
    return before === null ? null : now_s - before;
  }
  const iso =
    /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:[zZ]|[+-]\d{2}:?\d{2})?)?$/;
  if (!iso.test(text)) return null;
  // A date alone is local midnight, as everywhere in git; to Date it would be midnight in UTC.
  const full = text.length === 10 ? `${text}T00:00` : text.replace(" ", "T");
  const found = Date.parse(full.replace(/([+-]\d{2})(\d{2})$/, "$1:$2"));
  return Number.isNaN(found) ? null : found / 1000;
}
