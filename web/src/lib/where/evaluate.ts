/** Expression trees as functions of a run, with Python's rules for values. */
import type { RunRow } from "../../data/types";
import { isMapping } from "../tree";
import { fieldOf, type Field, type FieldKind } from "./fields";
import { parseDuration, parseTime } from "./moments";
import type { Key, Node } from "./parse";
import { WhereError } from "./tokens";

export type Value = (run: RunRow) => unknown;

export interface UsedName {
  path: readonly Key[];
  column: number;
  field: Field;
}

/** Turns a tree into a function, and remembers the names that it uses. */
export class Compiler {
  readonly names: UsedName[] = [];

  constructor(private readonly now_s: number) {}

  /** @throws WhereError: a text beside a time or duration is none. */
  compile(node: Node): Value {
    switch (node.type) {
      case "literal":
        return () => node.value;
      case "name": {
        const field = fieldOf(node.path, this.now_s);
        this.names.push({ path: node.path, column: node.column, field });
        return field.get;
      }
      case "items": {
        const values = node.items.map((item) => this.compile(item));
        return (run) => values.map((value) => value(run));
      }
      case "unary": {
        const inner = this.compile(node.operand);
        if (node.sign === "not") return (run) => !truth(inner(run));
        return (run) => arithmetic(node.sign, 0, inner(run));
      }
      case "binary": {
        const [left, right] = [this.compile(node.left), this.compile(node.right)];
        return (run) => arithmetic(node.sign, left(run), right(run));
      }
      case "logic": {
        const parts = node.operands.map((operand) => this.compile(operand));
        return node.word === "and"
          ? (run) => parts.every((part) => truth(part(run)))
          : (run) => parts.some((part) => truth(part(run)));
      }
      case "compare":
        return this.comparison([node.first, ...node.rest.map(([, other]) => other)], node.rest);
      case "call": {
        const given = node.given.map((one) => this.compile(one));
        return (run) => called(node.name, given.map((value) => value(run)));
      }
    }
  }

  private comparison(nodes: Node[], rest: [string, Node][]): Value {
    const values = nodes.map((node) => this.compile(node));
    const kinds = nodes.map((node) =>
      node.type === "name" ? fieldOf(node.path, this.now_s).kind : "text",
    );
    const isNone = (node: Node) => node.type === "literal" && node.value === null;
    const pairs = rest.map(([sign], i) => {
      const left = this.typed(nodes[i]!, values[i]!, kinds[i + 1]!);
      const right = this.typed(nodes[i + 1]!, values[i + 1]!, kinds[i]!);
      const asked = isNone(nodes[i]!) || isNone(nodes[i + 1]!);
      return (run: RunRow) => {
        const [a, b] = [left(run) ?? null, right(run) ?? null];
        if (asked && sign === "==") return a === null && b === null;
        if (asked && sign === "!=") return a !== null || b !== null;
        return a !== null && b !== null && holds(sign, a, b);
      };
    });
    return (run) => pairs.every((pair) => pair(run));
  }

  /** A text beside a time or duration is read as one. */
  private typed(node: Node, value: Value, beside: FieldKind): Value {
    if (beside === "text" || node.type !== "literal" || typeof node.value !== "string")
      return value;
    const seconds =
      beside === "time" ? parseTime(node.value, this.now_s) : parseDuration(node.value);
    if (seconds === null)
      throw new WhereError(
        `'${node.value}' is no ${beside}`,
        node.column,
        beside === "time"
          ? "as in '2 days ago', 'today', '2026-01-31' or '2026-01-31 12:00'"
          : "as in '90s', '10m', '1h 30m' or '2 days'",
      );
    return () => seconds;
  }
}

/** Whether a value counts as true. */
export function truth(value: unknown): boolean {
  if (value === null || value === undefined || value === false) return false;
  if (typeof value === "number") return value !== 0; // NaN counts as true
  if (typeof value === "string") return value !== "";
  if (Array.isArray(value)) return value.length > 0;
  return isMapping(value) ? Object.keys(value).length > 0 : true;
}

function holds(sign: string, a: unknown, b: unknown): boolean {
  switch (sign) {
    case "==":
      return equal(a, b);
    case "!=":
      return !equal(a, b);
    case "in":
      return contains(b, a) === true;
    case "not in":
      return contains(b, a) === false;
  }
  const order = compare(a, b);
  if (order === null) return false;
  if (sign === "<") return order < 0;
  if (sign === "<=") return order <= 0;
  return sign === ">" ? order > 0 : order >= 0;
}

function asNumber(value: unknown): number | null {
  if (typeof value === "number") return value;
  return typeof value === "boolean" ? Number(value) : null;
}

function equal(a: unknown, b: unknown): boolean {
  const [x, y] = [asNumber(a), asNumber(b)];
  if (x !== null && y !== null) return x === y;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => equal(item, b[i]));
  if (isMapping(a) && isMapping(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => equal(a[key], b[key]));
  }
  return (a ?? null) === (b ?? null);
}

/** null: they have no order. */
function compare(a: unknown, b: unknown): number | null {
  const [x, y] = [asNumber(a), asNumber(b)];
  if (x !== null && y !== null) return x < y ? -1 : x > y ? 1 : x === y ? 0 : null;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++)
      if (!equal(a[i], b[i])) return compare(a[i], b[i]);
    return a.length - b.length;
  }
  return null;
}

/** null: the one cannot hold the other. */
function contains(whole: unknown, part: unknown): boolean | null {
  if (typeof whole === "string") return typeof part === "string" ? whole.includes(part) : null;
  if (Array.isArray(whole)) return whole.some((item) => equal(item, part));
  return isMapping(whole) && typeof part === "string" ? Object.hasOwn(whole, part) : null;
}

function arithmetic(sign: string, left: unknown, right: unknown): number | null {
  const [a, b] = [asNumber(left), asNumber(right)];
  if (a === null || b === null) return null;
  switch (sign) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "**": {
      const power = a ** b;
      const isReal = !Number.isNaN(power) || Number.isNaN(a) || Number.isNaN(b);
      const fits = Number.isFinite(power) || !Number.isFinite(a) || !Number.isFinite(b);
      return isReal && fits ? power : null;
    }
  }
  if (b === 0) return null;
  if (sign === "/") return a / b;
  if (sign === "//") return Math.floor(a / b);
  const rest = a % b; // it has the sign of a, in Python that of b
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

function called(name: string, given: unknown[]): unknown {
  if (given.some((value) => value === null || value === undefined)) return null;
  const [first, second] = given;
  const number = asNumber(first);
  switch (name) {
    case "abs":
      return number === null ? null : Math.abs(number);
    case "len":
      if (typeof first === "string") return [...first].length;
      if (Array.isArray(first)) return first.length;
      return isMapping(first) ? Object.keys(first).length : null;
    case "round":
      return number === null ? null : rounded(number, asNumber(second) ?? 0);
    case "max":
    case "min": {
      const among = given.length === 1 ? first : given;
      return Array.isArray(among) ? extreme(among, name === "max" ? 1 : -1) : null;
    }
  }
  if (typeof first !== "string") return null;
  if (name === "lower") return first.toLowerCase();
  if (name === "upper") return first.toUpperCase();
  if (typeof second !== "string") return null;
  return name === "startswith" ? first.startsWith(second) : first.endsWith(second);
}

function extreme(among: unknown[], sign: number): unknown {
  let best: unknown = among[0];
  for (const value of among.slice(1)) {
    const order = compare(value, best);
    if (order === null && !(Number.isNaN(value) || Number.isNaN(best))) return null;
    if (order !== null && order * sign > 0) best = value;
  }
  return best;
}

/** To a number of digits; halves go to the even neighbour, as Python's do. */
function rounded(value: number, digits: number): number {
  if (!Number.isFinite(value)) return value;
  if (digits < -300) return 0;
  if (digits > 0) return digits > 100 ? value : Number(value.toFixed(digits));
  const unit = 10 ** -digits;
  const scaled = value / unit;
  const low = Math.floor(scaled);
  if (scaled - low === 0.5) return (low % 2 === 0 ? low : low + 1) * unit;
  return Math.round(scaled) * unit;
}
