/**
 * A line of terminal output → pieces of plain text with the styles that its escape codes set.
 *
 * Colours become one of the sixteen that every terminal has, so that the style sheet names them
 * (and they stay readable in light and dark). All other escape codes are dropped.
 */

export interface Piece {
  text: string;
  /** Class names such as "fg-1 bold"; "" where nothing is set. */
  style: string;
}

// CSI sequences (colours, cursor), OSC strings (titles, links), and the two-byte ones.
const ESCAPE =
  // eslint-disable-next-line no-control-regex
  /\x1b\[([\d;:]*)m|\x1b\[[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[\x20-\x2f]*[\x30-\x7e]/g;
const CONTROL =
  // eslint-disable-next-line no-control-regex
  /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const STYLES: Record<number, string> = {
  1: "bold",
  2: "dim",
  3: "italic",
  4: "underline",
  9: "strike",
};
const ENDS: Record<number, string[]> = {
  21: ["bold"],
  22: ["bold", "dim"],
  23: ["italic"],
  24: ["underline"],
  29: ["strike"],
};
const LEVELS = [0, 95, 135, 175, 215, 255]; // of each part in the cube of 256-colour terminals
const BRIGHT = 0xb0; // a colour whose strongest part is above this is one of the bright eight

/** The text without its escape codes. */
export function strip(text: string): string {
  return text.includes("\x1b") ? text.replace(ESCAPE, "") : text;
}

/** Text without power over the direction of reading: control characters become visible. */
export function plain(text: string): string {
  return text.replace(CONTROL, (character) => {
    const code = character.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return "␡";
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
  });
}

/** One line in stretches of equal style. */
export function pieces(line: string): Piece[] {
  if (!line.includes("\x1b")) return line ? [{ text: plain(line), style: "" }] : [];
  const found: Piece[] = [];
  const style = new Set<string>();
  let end = 0;
  const add = (text: string) => {
    if (!text) return;
    const name = [...style].join(" ");
    const last = found[found.length - 1];
    if (last && last.style === name) last.text += plain(text);
    else found.push({ text: plain(text), style: name });
  };
  for (const match of line.matchAll(ESCAPE)) {
    add(line.slice(end, match.index));
    end = match.index + match[0].length;
    if (match[1] !== undefined) apply(style, match[1]);
  }
  add(line.slice(end));
  return found;
}

/** Cut pieces where a search matches, so that matches can be marked; offsets in plain text. */
export function split(line: Piece[], ranges: [number, number][]): (Piece & { hit: boolean })[] {
  const out: (Piece & { hit: boolean })[] = [];
  let at = 0;
  for (const piece of line) {
    const until = at + piece.text.length;
    let from = at;
    for (const [start, end] of ranges) {
      const a = Math.max(start, from);
      const b = Math.min(end, until);
      if (a >= b) continue;
      if (a > from) out.push(part(piece, from - at, a - at, false));
      out.push(part(piece, a - at, b - at, true));
      from = b;
    }
    if (from < until) out.push(part(piece, from - at, until - at, false));
    at = until;
  }
  return out;
}

function part(piece: Piece, start: number, end: number, hit: boolean): Piece & { hit: boolean } {
  return { text: piece.text.slice(start, end), style: piece.style, hit };
}

function apply(style: Set<string>, codes: string): void {
  // In `38:2::r:g:b` the empty place is a colour space that nobody uses.
  const numbers = codes
    .replaceAll(":2::", ":2:")
    .split(/[;:]/)
    .map((code) => Number(code.slice(0, 4) || 0));
  while (numbers.length) {
    const code = numbers.shift() ?? 0;
    const named = STYLES[code];
    const ends = ENDS[code];
    if (code === 0) style.clear();
    else if (named) style.add(named);
    else if (ends) ends.forEach((name) => style.delete(name));
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97))
      colour(style, "fg", code < 40 ? code - 30 : code - 82);
    else if ((code >= 40 && code <= 47) || (code >= 100 && code <= 107))
      colour(style, "bg", code < 50 ? code - 40 : code - 92);
    else if (code === 38 || code === 48) colour(style, code === 38 ? "fg" : "bg", extended(numbers));
    else if (code === 39 || code === 49) colour(style, code === 39 ? "fg" : "bg", null);
  }
}

function colour(style: Set<string>, ground: string, which: number | null): void {
  for (const name of [...style]) if (name.startsWith(`${ground}-`)) style.delete(name);
  if (which !== null) style.add(`${ground}-${which}`);
}

/** Take `5;n` or `2;r;g;b` off the front, and give the nearest of the sixteen colours. */
function extended(numbers: number[]): number | null {
  const kind = numbers.shift();
  if (kind === 5 && numbers.length) {
    const n = numbers.shift() ?? 0;
    if (n < 16) return n;
    if (n >= 232) return nearest(8 + 10 * (n - 232), 8 + 10 * (n - 232), 8 + 10 * (n - 232));
    const level = (size: number) => LEVELS[Math.floor((n - 16) / size) % 6] ?? 0;
    return nearest(level(36), level(6), level(1));
  }
  if (kind === 2 && numbers.length >= 3) {
    const [red = 0, green = 0, blue = 0] = numbers.splice(0, 3);
    return nearest(red, green, blue);
  }
  return null;
}

function nearest(red: number, green: number, blue: number): number {
  const high = Math.max(red, green, blue);
  const low = Math.min(red, green, blue);
  if (high - low < 0x28) return high < 0x30 ? 0 : high < 0x90 ? 8 : high < 0xe0 ? 7 : 15;
  const middle = Math.floor((high + low) / 2);
  const bits = (red > middle ? 1 : 0) + (green > middle ? 2 : 0) + (blue > middle ? 4 : 0);
  return bits + (high > BRIGHT ? 8 : 0);
}
