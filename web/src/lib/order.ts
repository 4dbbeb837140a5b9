/** Order of values that are written as text. */

const collator = new Intl.Collator("en", { numeric: true });

/** Numbers by their size, names as people sort them; numbers come first. */
export function byValue(a: string, b: string): number {
  const [x, y] = [asNumber(a), asNumber(b)];
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return Number.isNaN(x) || x === y ? collator.compare(a, b) : x - y;
}

const asNumber = (text: string) => (text.trim() === "" ? NaN : Number(text));
