/** `--where` expressions as trees: the grammar of gitexp/query/expression.py. */
import { tokens, WhereError, type Token } from "./tokens";

export type Key = string | number;
export type Node =
  | { type: "literal"; value: number | string | boolean | null; column: number }
  | { type: "name"; path: Key[]; column: number }
  | { type: "items"; items: Node[]; column: number }
  | { type: "unary"; sign: string; operand: Node; column: number }
  | { type: "binary"; sign: string; left: Node; right: Node; column: number }
  | { type: "compare"; first: Node; rest: [string, Node][]; column: number }
  | { type: "logic"; word: "and" | "or"; operands: Node[]; column: number }
  | { type: "call"; name: string; given: Node[]; column: number };

const LONGEST = 4000;
const DEEPEST = 60;
const FUNCTIONS: Record<string, [number, number]> = {
  __proto__: null as never,
  abs: [1, 1],
  len: [1, 1],
  max: [1, Infinity],
  min: [1, Infinity],
  round: [1, 2],
};
const METHODS: Record<string, number> = { __proto__: null as never, startswith: 1, endswith: 1, lower: 0, upper: 0 };
const CONSTANTS: Record<string, boolean | null> = { __proto__: null, True: true, False: false, None: null };
const KEYWORDS = new Set(
  (
    "and as assert async await break class continue def del elif else except finally for from " +
    "global if import in is lambda nonlocal not or pass raise return try while with yield"
  ).split(" "),
);
const COMPARISONS = new Set(["==", "!=", "<", "<=", ">", ">="]);

/**
 * Read an expression.
 *
 * @throws WhereError: it is none, or uses something that cannot be used here.
 */
export function parse(text: string): Node {
  if (text.length > LONGEST) throw new WhereError(`longer than ${LONGEST} characters`, 1);
  if (text.trim() === "") throw new WhereError("it is empty", 1);
  const parser = new Parser(tokens(text));
  const tree = parser.or();
  parser.finish();
  return tree;
}

class Parser {
  private at = 0;
  private depth = 0;

  constructor(private readonly words: Token[]) {}

  finish(): void {
    if (this.next.kind !== "end") throw this.wrong();
  }

  or(): Node {
    return this.logic("or", () => this.logic("and", () => this.not()));
  }

  private get next(): Token {
    return this.words[this.at]!;
  }

  private is(...texts: string[]): boolean {
    const { kind, text } = this.next;
    return (kind === "sign" || kind === "name") && texts.includes(text);
  }

  private take(text: string): boolean {
    if (!this.is(text)) return false;
    this.at++;
    return true;
  }

  private wrong(): WhereError {
    const { kind, text, column } = this.next;
    if (kind === "sign" && text === "=")
      return new WhereError("= does not compare", column, "use ==");
    if (kind === "name" && text === "if")
      return new WhereError("if … else cannot be used here", column);
    if (kind === "sign" && "|&^~@".includes(text))
      return new WhereError("this operator cannot be used here", column);
    return new WhereError(kind === "end" ? "invalid syntax: it breaks off" : "invalid syntax", column);
  }

  private deeper<T>(read: () => T): T {
    if (++this.depth > DEEPEST) throw new WhereError("nested too deeply", this.next.column);
    const found = read();
    this.depth--;
    return found;
  }

  private logic(word: "and" | "or", below: () => Node): Node {
    const first = below();
    if (!this.is(word)) return first;
    const operands = [first];
    while (this.take(word)) operands.push(below());
    return { type: "logic", word, operands, column: first.column };
  }

  private not(): Node {
    const { column } = this.next;
    if (!this.take("not")) return this.comparison();
    const operand = this.deeper(() => this.not());
    return { type: "unary", sign: "not", operand, column };
  }

  private comparison(): Node {
    const first = this.sum();
    const rest: [string, Node][] = [];
    for (;;) {
      const sign = this.comparing();
      if (sign === null) break;
      rest.push([sign, this.sum()]);
    }
    return rest.length === 0 ? first : { type: "compare", first, rest, column: first.column };
  }

  private comparing(): string | null {
    const { kind, text } = this.next;
    if (kind === "sign" && COMPARISONS.has(text)) {
      this.at++;
      return text;
    }
    if (this.take("in")) return "in";
    if (this.take("is")) return this.take("not") ? "!=" : "==";
    if (this.is("not") && this.words[this.at + 1]?.text === "in") {
      this.at += 2;
      return "not in";
    }
    return null;
  }

  private sum(): Node {
    return this.chain(["+", "-"], () => this.chain(["*", "/", "//", "%"], () => this.signed()));
  }

  private chain(signs: string[], below: () => Node): Node {
    let left = below();
    while (this.is(...signs)) {
      const sign = this.words[this.at++]!.text;
      left = { type: "binary", sign, left, right: below(), column: left.column };
    }
    return left;
  }

  private signed(): Node {
    const { column } = this.next;
    if (!this.is("-", "+")) return this.power();
    const sign = this.words[this.at++]!.text;
    return { type: "unary", sign, operand: this.deeper(() => this.signed()), column };
  }

  private power(): Node {
    const left = this.postfix();
    if (!this.take("**")) return left;
    const right = this.deeper(() => this.signed());
    return { type: "binary", sign: "**", left, right, column: left.column };
  }

  private postfix(): Node {
    let node = this.atom();
    for (;;) {
      const { column } = this.next;
      if (this.take("(")) node = this.call(node, this.list(")"));
      else if (this.take(".")) {
        const name = this.attribute();
        node = this.take("(")
          ? this.method(node, name, this.list(")"))
          : this.path(node, name);
      } else if (this.take("[")) {
        const key = this.key(column + 1);
        if (!this.take("]")) throw this.wrong();
        node = this.path(node, key);
      } else return node;
    }
  }

  private attribute(): string {
    const { kind, text, column } = this.next;
    if (kind !== "name") throw this.wrong();
    if (KEYWORDS.has(text))
      throw new WhereError("invalid syntax", column, `write config["${text}"]`);
    this.at++;
    return text;
  }

  private key(column: number): Key {
    const negative = this.take("-");
    const { kind, value } = this.next;
    if ((kind === "text" && !negative) || (kind === "number" && Number.isInteger(value))) {
      this.at++;
      return negative ? -(value as number) : value!;
    }
    throw new WhereError('a key in [] is a string or a whole number: ["a-b"]', column);
  }

  private path(node: Node, key: Key): Node {
    if (node.type !== "name")
      throw new WhereError("only a name can be followed by a dot or []", node.column);
    return { ...node, path: [...node.path, key] };
  }

  private call(node: Node, given: Node[]): Node {
    const { column } = node;
    if (node.type !== "name" || node.path.length > 1)
      throw new WhereError("only a function's name can be called", column);
    const name = String(node.path[0]);
    return this.checked(name, given, FUNCTIONS[name] ?? null, column);
  }

  private method(subject: Node, name: string, given: Node[]): Node {
    const count = METHODS[name];
    const limits = count === undefined ? null : ([count + 1, count + 1] as [number, number]);
    return this.checked(name, [subject, ...given], limits, subject.column);
  }

  private checked(
    name: string,
    given: Node[],
    limits: [number, number] | null,
    column: number,
  ): Node {
    if (limits === null) {
      const known = [...Object.keys(FUNCTIONS), ...Object.keys(METHODS).map((m) => `x.${m}`)];
      throw new WhereError(`there is no function '${name}'`, column, `there are ${known.join(", ")}`);
    }
    if (given.length < limits[0] || given.length > limits[1])
      throw new WhereError(`wrong number of arguments for '${name}'`, column);
    return { type: "call", name, given, column };
  }

  private atom(): Node {
    const word = this.next;
    const { column } = word;
    if (word.kind === "number" || word.kind === "text") {
      this.at++;
      let value = word.value!;
      while (word.kind === "text" && this.next.kind === "text")
        value = `${value}${this.words[this.at++]!.value!}`;
      return { type: "literal", value, column };
    }
    if (word.kind === "name" && word.text in CONSTANTS) {
      this.at++;
      return { type: "literal", value: CONSTANTS[word.text]!, column };
    }
    if (word.kind === "name" && !KEYWORDS.has(word.text)) {
      this.at++;
      return { type: "name", path: [word.text], column };
    }
    if (this.take("(")) {
      if (this.take(")")) return { type: "items", items: [], column };
      const first = this.deeper(() => this.or());
      if (this.is(",")) {
        this.at++;
        return { type: "items", items: [first, ...this.list(")")], column };
      }
      if (!this.take(")")) throw this.wrong();
      return first;
    }
    if (this.is("[", "{")) {
      const close = this.take("[") ? "]" : (this.at++, "}");
      return { type: "items", items: this.list(close), column };
    }
    throw this.wrong();
  }

  /** Expressions with commas between them, up to a closing bracket. */
  private list(close: string): Node[] {
    const found: Node[] = [];
    while (!this.take(close)) {
      if (this.is("*")) throw new WhereError("* cannot be used here", this.next.column);
      found.push(this.deeper(() => this.or()));
      if (this.is("=")) throw new WhereError("named arguments cannot be used", this.next.column);
      if (this.is("for")) throw new WhereError("a comprehension cannot be used here", this.next.column);
      if (!this.take(",") && !this.is(close)) throw this.wrong();
    }
    return found;
  }
}
