/** Point clouds and molecules as points in space. Pure. */
import { isMapping } from "../lib/tree";

export interface Cloud {
  points: Float32Array; // (n, 3), centred, in a ball of radius 1
  colours: (string | null)[]; // (n,) null: the page's own
}

const MOST = 60_000; // points
const ELEMENTS: Record<string, string> = {
  C: "#6b7480", N: "#3b62d6", O: "#d03a2f", S: "#c9a100", P: "#d9762b", H: "#a9b4bf", F: "#2f9e62",
}; // prettier-ignore

/** A pts.json file: [[x, y, z, class or r, g, b], …] or {points: …}; null: it is none. */
export function readCloud(data: unknown, palette: (place: number) => string): Cloud | null {
  const raw = isMapping(data) ? data.points : data;
  if (!Array.isArray(raw)) return null;
  const rows = raw.filter(
    (row): row is number[] => Array.isArray(row) && row.length >= 3 && row.every(Number.isFinite),
  );
  const colours = rows.map((row) => {
    if (row.length >= 6) return `rgb(${row.slice(3, 6).map(channel).join(",")})`;
    return row.length >= 4 ? palette(Math.abs(Math.round(row[3]!))) : null;
  });
  return cloudOf(rows, colours);
}

function channel(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}

/** Vertices of an obj file, or atoms of a pdb file; null: there are none. */
export function readText(text: string, suffix: string): Cloud | null {
  const rows: number[][] = [];
  const colours: (string | null)[] = [];
  for (const line of text.split("\n")) {
    if (suffix === "obj" && line.startsWith("v ")) {
      rows.push(line.split(/\s+/).slice(1, 4).map(Number));
      colours.push(null);
    } else if (suffix === "pdb" && /^(ATOM|HETATM)/.test(line)) {
      rows.push([30, 38, 46].map((at) => Number(line.slice(at, at + 8))));
      const element = line.slice(76, 78).trim() || line.slice(12, 16).trim().replace(/\d/g, "").slice(0, 1);
      colours.push(ELEMENTS[element.toUpperCase()] ?? null);
    }
  }
  return cloudOf(rows, colours);
}

function cloudOf(rows: number[][], colours: (string | null)[]): Cloud | null {
  const kept = rows.map((_, i) => i).filter((i) => rows[i]!.slice(0, 3).every(Number.isFinite));
  if (!kept.length) return null;
  const stride = Math.ceil(kept.length / MOST);
  const chosen = kept.filter((_, i) => i % stride === 0);
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  for (const i of chosen)
    for (let k = 0; k < 3; k += 1) {
      low[k] = Math.min(low[k]!, rows[i]![k]!);
      high[k] = Math.max(high[k]!, rows[i]![k]!);
    }
  const radius = Math.hypot(...low.map((value, k) => (high[k]! - value) / 2)) || 1;
  const points = new Float32Array(chosen.length * 3);
  chosen.forEach((i, n) => {
    for (let k = 0; k < 3; k += 1)
      points[3 * n + k] = (rows[i]![k]! - (low[k]! + high[k]!) / 2) / radius;
  });
  return { points, colours: chosen.map((i) => colours[i] ?? null) };
}

/** Points seen from a direction: x, y in the ball's units and depth; the furthest first. */
export function project(cloud: Cloud, turn: number, tilt: number): { order: Uint32Array; xyz: Float32Array } {
  const n = cloud.points.length / 3;
  const xyz = new Float32Array(n * 3);
  const [ct, st, cp, sp] = [Math.cos(turn), Math.sin(turn), Math.cos(tilt), Math.sin(tilt)];
  for (let i = 0; i < n; i += 1) {
    const [x, y, z] = [cloud.points[3 * i]!, cloud.points[3 * i + 1]!, cloud.points[3 * i + 2]!];
    const across = ct * x - st * y;
    const away = st * x + ct * y;
    xyz[3 * i] = across;
    xyz[3 * i + 1] = cp * z - sp * away;
    xyz[3 * i + 2] = sp * z + cp * away;
  }
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  order.sort((a, b) => xyz[3 * b + 2]! - xyz[3 * a + 2]!);
  return { order, xyz };
}
