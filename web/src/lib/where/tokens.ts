/** The words of a `--where` expression. */

/** An expression that cannot be read: why, and at which column, counted from 1. */
export class WhereError extends Error {
  constructor(
    readonly why: string,
    readonly column: number,
    readonly hint: string | null = null,
  ) {
    super(`column ${column}: ${why}${hint === null ? "" : ` (${hint})`}`);
  }
}

export interface Token {
  kind: "name" | "number" | "text" | "sign" | "end";
  /** Of a sign or name: itself. */
  text: string;
  value?: number | string;
  column: number;
}

const NUMBER =
  /(?:0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/y;
const NAME = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}_]*/uy;
const SIGN = /\*\*|\/\/|==|!=|<=|>=|[-+*/%<>()[\]{},.:=|&^~@!]/y;
const ESCAPES: Record<string, string> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "0": "\0",
};

/**
 * Cut an expression into words, the end among them.
 *
 * @throws WhereError
 */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  const column = () => [...text.slice(0, at)].length + 1;
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? null;
  };
  while (at < text.length) {
    const here = text[at]!;
    if (/\s/.test(here)) {
      at++;
      continue;
    }
    const prefixed = /^[rRuU]?(['"])/.exec(text.slice(at, at + 2));
    if (prefixed !== null) {
      const start = column();
      const raw = /[rR]/.test(here);
      const [value, end] = quoted(text, at + prefixed[0].length - 1, raw, start);
      found.push({ kind: "text", text: value, value, column: start });
      at = end;
      continue;
    }
    const digits = /[\d.]/.test(here) ? take(NUMBER) : null;
    if (digits !== null && /\d/.test(digits)) {
      const value = Number(digits.replaceAll("_", ""));
      found.push({ kind: "number", text: digits, value, column: column() });
      at += digits.length;
      continue;
    }
    const name = take(NAME);
    if (name !== null) {
      found.push({ kind: "name", text: name, column: column() });
      at += name.length;
      continue;
    }
    const sign = take(SIGN);
    if (sign === null) throw new WhereError("invalid syntax", column());
    found.push({ kind: "sign", text: sign, column: column() });
    at += sign.length;
  }
  found.push({ kind: "end", text: "", column: column() });
  return found;
}

/** A quoted text that begins at `at`, and where it ends. */
function quoted(text: string, at: number, raw: boolean, column: number): [string, number] {
  const quote = text[at]!;
  let value = "";
  for (let i = at + 1; i < text.length; i++) {
    const here = text[i]!;
    if (here === quote) return [value, i + 1];
    if (here !== "\\" || raw) {
      value += here;
      continue;
    }
    const next = text[++i] ?? "";
    const code = /^(?:x([\da-fA-F]{2})|u([\da-fA-F]{4}))/.exec(text.slice(i, i + 5));
    if (code !== null) {
      value += String.fromCharCode(parseInt(code[1] ?? code[2]!, 16));
      i += code[0].length - 1;
    } else value += ESCAPES[next] ?? `\\${next}`;
  }
  throw new WhereError("unterminated string literal", column);
}
