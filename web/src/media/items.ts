/** Logged media as they are shown: single items by key and step. Pure. */
import type { MediaItem } from "../data/types";

/** What was logged under one key over the steps. */
export interface MediaKey {
  key: string;
  /** Types that occur, such as "image" or "table". */
  types: string[];
  steps: number[]; // ascending
  at: Map<number, MediaItem[]>; // by step, in the order of logging
}

/** Lists ("images" with `items`) as their items; histograms are left to the histograms' page. */
export function flattened(items: readonly MediaItem[]): MediaItem[] {
  return items.flatMap((item) => {
    const inner = item.items;
    if (Array.isArray(inner))
      return flattened(
        inner
          .filter((one): one is MediaItem => typeof one === "object" && one !== null)
          .map((one) => ({ ...one, key: item.key, step: item.step })),
      );
    const type = String(item.type ?? item._type ?? "file");
    return type === "histogram" ? [] : [{ ...item, type }];
  });
}

/** Items by key, in the order of first appearance. */
export function byKey(items: readonly MediaItem[]): MediaKey[] {
  const keys = new Map<string, MediaKey>();
  for (const item of flattened(items)) {
    let found = keys.get(item.key);
    if (!found) keys.set(item.key, (found = { key: item.key, types: [], steps: [], at: new Map() }));
    if (!found.types.includes(item.type)) found.types.push(item.type);
    const there = found.at.get(item.step);
    if (there) there.push(item);
    else found.at.set(item.step, [item]);
  }
  for (const found of keys.values()) found.steps = [...found.at.keys()].sort((a, b) => a - b);
  return [...keys.values()];
}

/** The items of the last step at or before `step`; of the first step where none is. */
export function itemsAt(of: MediaKey | undefined, step: number): MediaItem[] {
  if (!of) return [];
  let best = of.steps[0];
  for (const one of of.steps) if (one <= step) best = one;
  return best === undefined ? [] : (of.at.get(best) ?? []);
}

const TYPES: Record<string, string> = {
  png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", gif: "image/gif", webp: "image/webp",
  bmp: "image/bmp", svg: "image/svg+xml", avif: "image/avif",
  wav: "audio/wav", mp3: "audio/mpeg", ogg: "audio/ogg", flac: "audio/flac", m4a: "audio/mp4",
  mp4: "video/mp4", webm: "video/webm", mov: "video/quicktime", mkv: "video/x-matroska",
  json: "application/json", txt: "text/plain",
}; // prettier-ignore

/** The type of a file by its name; only types that a browser shows without running anything. */
export function mimeOf(path: string): string {
  return TYPES[suffixOf(path)] ?? "application/octet-stream";
}

export function suffixOf(path: string): string {
  return /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";
}

/** A box on a picture in shares of its size. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
  label: string;
  classId: number | null;
}

/** The boxes of one set of an image: `{box_data: […], class_labels: {…}}`. */
export function boxesOf(set: unknown, width: number, height: number): Box[] {
  const { box_data: data, class_labels: labels } = (set ?? {}) as {
    box_data?: unknown;
    class_labels?: Record<string, unknown>;
  };
  if (!Array.isArray(data)) return [];
  return data.flatMap((raw): Box[] => {
    const one = (raw ?? {}) as {
      position?: Record<string, unknown>;
      domain?: unknown;
      class_id?: unknown;
      box_caption?: unknown;
      scores?: Record<string, unknown>;
    };
    const place = sides(one.position ?? {});
    if (!place) return [];
    const pixel = one.domain === "pixel";
    const [x, y] = [pixel ? width : 1, pixel ? height : 1];
    if (!x || !y) return [];
    const classId = typeof one.class_id === "number" ? one.class_id : null;
    const name = classId === null ? undefined : labels?.[String(classId)];
    const label = one.box_caption ?? name ?? (classId === null ? "" : `class ${classId}`);
    return [
      {
        left: place[0] / x,
        top: place[1] / y,
        width: (place[2] - place[0]) / x,
        height: (place[3] - place[1]) / y,
        label: String(label),
        classId,
      },
    ];
  });
}

function sides(position: Record<string, unknown>): [number, number, number, number] | null {
  const { minX, minY, maxX, maxY, middle, width, height } = position;
  const corners = [minX, minY, maxX, maxY];
  if (corners.every((one) => typeof one === "number"))
    return corners as [number, number, number, number];
  if (Array.isArray(middle) && typeof width === "number" && typeof height === "number") {
    const [x, y] = middle as [number, number];
    if (typeof x === "number" && typeof y === "number")
      return [x - width / 2, y - height / 2, x + width / 2, y + height / 2];
  }
  return null;
}
