/** Where two versions of a line differ. Pure. */

const WORD = /[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu;

export interface ChangedPart {
  old: [number, number];
  new: [number, number];
}

/**
 * The stretch between the words that both lines begin and end with.
 *
 * @returns null where the lines have too little in common for a mark to help.
 */
export function changedPart(old: string, now: string): ChangedPart | null {
  const a = old.match(WORD) ?? [];
  const b = now.match(WORD) ?? [];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  )
    tail += 1;
  const length = (words: readonly string[]) => words.reduce((sum, word) => sum + word.length, 0);
  const start = length(a.slice(0, head));
  const end = length(tail ? a.slice(-tail) : []);
  const same = old.slice(0, start).trim().length + old.slice(old.length - end).trim().length;
  if (same < 0.25 * Math.min(old.trim().length, now.trim().length)) return null;
  return { old: [start, old.length - end], new: [start, now.length - end] };
}
