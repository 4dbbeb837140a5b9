/** How numbers, times and sizes read to people: the spelling of the terminal and the report. */
import { numberOf } from "../data/packed";

export const NONE = "\u2013"; // an en dash: what is not there

/** Whether a value of a config or a summary stands for a number. */
export function isNumeric(value: unknown): boolean {
  return (
    typeof value === "number" ||
    value === "NaN" ||
    value === "Infinity" ||
    value === "-Infinity"
  );
}

/** A number in `digits` significant digits: `0.01235`, `12346`, `1.235e-5`, `NaN`, `∞`. */
export function number(value: unknown, digits = 4): string {
  if (value === null || value === undefined || (!isNumeric(value) && typeof value !== "boolean"))
    return NONE;
  const v = numberOf(value);
  if (!Number.isFinite(v)) return Number.isNaN(v) ? "NaN" : v > 0 ? "∞" : "-∞";
  if (v === 0) return "0";
  const size = Math.abs(v);
  if (size < 1e7 && Number.isInteger(v)) return String(v);
  if (size >= 10 ** (digits - 1) && size < 1e6) return v.toFixed(0);
  if (size >= 1e-3 && size < 1e6) return noZeros(v.toPrecision(digits));
  const [mantissa, exponent] = v.toExponential(digits - 1).split("e") as [string, string];
  if (exponent === "-4" && digits >= 2) return noZeros(v.toFixed(digits + 3));
  return `${noZeros(mantissa)}e${Number(exponent)}`;
}

/** A difference with its sign: `+0.5`, `-3`, `0`. */
export function signed(value: unknown, digits = 4): string {
  const text = number(value, digits);
  return /^[1-9]|^0\./.test(text) ? `+${text}` : text;
}

/** Per cent, to be read at a glance: `98.7%`, `+250%`, `-0.03%`. */
export function percent(value: number | null, sign = false): string {
  if (value === null || !Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  const text =
    size >= 1 && size < 100 ? noZeros(value.toFixed(1)) : number(value, size < 1 ? 2 : 3);
  return `${sign && value > 0 ? "+" : ""}${text}%`;
}

/** A span of time by its two largest units: `850ms`, `3.2s`, `12m 3s`, `3h 4m`, `2d 5h`. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !(seconds >= 0) || seconds === Infinity)
    return NONE;
  if (seconds < 0.9995)
    return seconds >= 0.0005 ? `${(seconds * 1000).toFixed(0)}ms` : seconds > 0 ? "<1ms" : "0s";
  if (seconds < 9.95) return `${noZeros(seconds.toFixed(1))}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${whole % 60}s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)}h ${Math.floor((whole % 3600) / 60)}m`;
  return `${Math.floor(whole / 86400)}d ${Math.floor((whole % 86400) / 3600)}h`;
}

/** How long ago: `just now`, `3 min ago`, `5 h ago`, `2 d ago`, `4 mo ago`, `3 y ago`. */
export function age(seconds: number): string {
  if (!Number.isFinite(seconds)) return NONE;
  if (seconds < 45) return "just now";
  const units: [number, number, string][] = [
    [60, 3600, "min"],
    [3600, 36 * 3600, "h"],
    [86400, 60 * 86400, "d"],
    [30.44 * 86400, 730 * 86400, "mo"],
  ];
  for (const [size, limit, unit] of units)
    if (seconds < limit) return `${Math.max(1, Math.round(seconds / size))} ${unit} ago`;
  return `${(seconds / (365.25 * 86400)).toFixed(0)} y ago`;
}

/** A point in time in the reader's zone: `2026-01-31 12:00`. */
export function moment(time: string | number | null): string {
  if (time === null || time === "") return NONE;
  const date = new Date(typeof time === "number" ? time * 1000 : time);
  if (Number.isNaN(date.getTime())) return NONE;
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** A size: `812 B`, `3.4 KiB`, `1.2 GiB`. */
export function bytes(size: number | null | undefined): string {
  if (size === null || size === undefined || !Number.isFinite(size)) return NONE;
  if (size < 1024) return `${size} B`;
  let value = size;
  for (const unit of ["KiB", "MiB", "GiB", "TiB"]) {
    value /= 1024;
    if (value < 1024 || unit === "TiB") return `${noZeros(value.toFixed(1))} ${unit}`;
  }
  return NONE;
}

/** `1 run`, `3 runs`. */
export function plural(n: number, word: string, words = `${word}s`): string {
  return `${n.toLocaleString("en")} ${n === 1 ? word : words}`;
}

/** Any value of a config, summary or environment in one line. */
export function value(of: unknown, digits = 4): string {
  if (of === null || of === undefined) return NONE;
  if (typeof of === "number") return number(of, digits);
  if (typeof of === "string") return of;
  if (typeof of === "boolean") return of ? "true" : "false";
  return JSON.stringify(of);
}

function noZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
