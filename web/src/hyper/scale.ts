/** Axes of columns: logarithms taken by ourselves, ends, and where words stand. Pure. */
import { duration, number } from "../lib/format";
import { plain } from "../run/ansi";
import type { Dimension } from "./dimensions";

export interface Scale {
  log: boolean;
  low: number; // in the axis's own units: logarithms where `log`
  high: number;
  ticks: number[];
}

/** Logarithms are taken here, so that what a chart tells of an axis is plain numbers. */
export function toScale(log: boolean, value: number): number {
  return log ? Math.log10(value) : value;
}

export function fromScale(log: boolean, value: number): number {
  return log ? 10 ** value : value;
}

/**
 * The axis of a column.
 *
 * @param room the share of the range that stays free at each end.
 */
export function scaleOf(of: Dimension, log: boolean, room = 0): Scale {
  const values = of.numbers.map((value) => toScale(log, value)).filter(Number.isFinite);
  if (!of.numeric)
    return { log, low: -0.5, high: of.names.length - 0.5, ticks: of.names.map((_, i) => i) };
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!(high > low)) {
    const half = log ? 0.3 : Math.abs(low) * 0.1 || 0.5;
    return Number.isFinite(low)
      ? { log, low: low - half, high: low + half, ticks: [low] }
      : { log, low: 0, high: 1, ticks: [] };
  }
  const free = room * (high - low);
  const ends = free === 0;
  return { log, low: low - free, high: high + free, ticks: ticksOf(values, low - free, high + free, log, ends) };
}

/** At the values themselves if they are few, else at round ones, and at the ends if these are data. */
function ticksOf(values: readonly number[], low: number, high: number, log: boolean, ends: boolean): number[] {
  const apart = (high - low) / 18;
  const different = [...new Set(values)].sort((a, b) => a - b);
  if (different.length <= 9 && different.every((v, i) => i === 0 || v - different[i - 1]! > apart))
    return different;
  const round = log ? decades(low, high) : rounds(low, high);
  return ends ? [low, ...round.filter((at) => at - low > apart && high - at > apart), high] : round;
}

function rounds(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((size) => size >= rough) ?? rough;
  const found: number[] = [];
  for (let at = Math.ceil(low / step) * step; at <= high; at += step)
    found.push(Number(at.toPrecision(12)));
  return found;
}

/** Powers of ten; over a short range 2 and 5 times them, too. */
function decades(low: number, high: number): number[] {
  const factors = high - low < 2.5 ? [1, 2, 5] : [1];
  const found: number[] = [];
  for (let power = Math.floor(low); power <= high; power += 1)
    for (const factor of factors) {
      const at = power + Math.log10(factor);
      if (at >= low && at <= high) found.push(at);
    }
  const every = Math.ceil(found.length / 9);
  return found.filter((_, i) => i % every === 0);
}

/** A place of the axis in words. */
export function placeWords(of: Dimension, scale: Scale, place: number, digits = 3): string {
  if (!of.numeric) {
    const name = Number.isInteger(place) ? (of.names[place] ?? "") : "";
    return plain(name.length > 16 ? `${name.slice(0, 15)}…` : name);
  }
  // What powers of ten come to has rounding in its last digits.
  const value = Number(fromScale(scale.log, place).toPrecision(10));
  return of.key === "duration_s" ? duration(value) : number(value, digits);
}

/** A run's value of a column as the reader sees it. */
export function said(of: Dimension, run: number): string {
  const value = of.numbers[run]!;
  if (!of.numeric) return plain(of.texts[run] || "–");
  if (Number.isNaN(value)) return "–";
  return of.key === "duration_s" ? duration(value) : number(value);
}
