/** A picture with its masks and boxes, which can be switched off by set and by class. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { MediaItem } from "../data/types";
import { isMapping } from "../lib/tree";
import { colourAt } from "../state/colours";
import { plain } from "../run/ansi";
import { useFileUrl } from "./files";
import { boxesOf, type Box } from "./items";

/** What the reader switched off: names of layers, and classes as "layer:id". */
export type Hidden = ReadonlySet<string>;

export interface Layer {
  name: string; // "mask prediction"
  kind: "mask" | "box";
  classes: [id: number, name: string][];
}

/** The masks and sets of boxes of some pictures. */
export function layersOf(items: readonly MediaItem[]): Layer[] {
  const found = new Map<string, Layer>();
  const add = (kind: Layer["kind"], name: string, labels: unknown) => {
    const id = `${kind} ${name}`;
    const layer = found.get(id) ?? { name: id, kind, classes: [] };
    found.set(id, layer);
    if (!isMapping(labels)) return;
    for (const [key, label] of Object.entries(labels))
      if (!layer.classes.some(([known]) => known === Number(key)))
        layer.classes.push([Number(key), String(label)]);
  };
  for (const item of items) {
    for (const [name, mask] of Object.entries(isMapping(item.masks) ? item.masks : {}))
      add("mask", name, isMapping(mask) ? mask.class_labels : null);
    for (const [name, set] of Object.entries(isMapping(item.boxes) ? item.boxes : {}))
      add("box", name, isMapping(set) ? set.class_labels : null);
  }
  return [...found.values()];
}

interface PictureProps {
  run: string;
  item: MediaItem;
  hidden: Hidden;
  enlarge?: () => void;
  /** As large as the window allows. */
  whole?: boolean;
}

export function Picture({ run, item, hidden, enlarge, whole = false }: PictureProps) {
  const url = useFileUrl(run, item.path);
  const [size, setSize] = useState({ width: item.width ?? 0, height: item.height ?? 0 });
  const caption = plain(item.caption ?? "");
  const words = caption || `${plain(item.key)}, step ${item.step}`;
  const masks = Object.entries(isMapping(item.masks) ? item.masks : {}).filter(
    ([name]) => !hidden.has(`mask ${name}`),
  );
  const boxes = Object.entries(isMapping(item.boxes) ? item.boxes : {})
    .filter(([name]) => !hidden.has(`box ${name}`))
    .flatMap(([name, set]) =>
      boxesOf(set, size.width, size.height).filter((box) => !hidden.has(`box ${name}:${box.classId}`)),
    );
  const ratio = size.width && size.height ? size.width / size.height : null;
  const shape =
    ratio === null
      ? {}
      : { aspectRatio: String(ratio), ...(whole ? { maxWidth: `calc((94vh - 130px) * ${ratio})` } : {}) };
  const picture = (
    <span class="gp-picture" style={shape}>
      {url && (
        <img
          src={url}
          alt={words}
          loading="lazy"
          class={size.width > 0 && size.width < 64 ? "coarse" : undefined}
          onLoad={({ currentTarget: image }) =>
            setSize({ width: image.naturalWidth, height: image.naturalHeight })
          }
        />
      )}
      {url === null && (
        <span class="gp-absent" title="not in this report">
          not here
        </span>
      )}
      {masks.map(([name, mask]) =>
        isMapping(mask) && typeof mask.path === "string" ? (
          <Mask key={name} run={run} path={mask.path} layer={`mask ${name}`} hidden={hidden} />
        ) : null,
      )}
      {boxes.map((box, i) => (
        <BoxView key={i} box={box} />
      ))}
    </span>
  );
  return (
    <figure class="gp-item">
      {enlarge ? (
        <div class="gp-enlargeable">
          {picture}
          <button type="button" class="gp-enlarge" onClick={enlarge} aria-label={`Enlarge ${words}`} />
        </div>
      ) : (
        picture
      )}
      {caption && <figcaption>{caption}</figcaption>}
    </figure>
  );
}

function BoxView({ box }: { box: Box }) {
  const colour = colourAt(box.classId ?? 0);
  return (
    <span
      class="gp-box-mark"
      style={{
        left: `${100 * box.left}%`,
        top: `${100 * box.top}%`,
        width: `${100 * box.width}%`,
        height: `${100 * box.height}%`,
        borderColor: colour,
      }}
    >
      {box.label && <span style={{ borderColor: colour }}>{plain(box.label)}</span>}
    </span>
  );
}

interface MaskProps {
  run: string;
  path: string;
  layer: string;
  hidden: Hidden;
}

/** A mask's classes in colours, half transparent; class 0 is the background. */
function Mask({ run, path, layer, hidden }: MaskProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const url = useFileUrl(run, path);
  const off = [...hidden].filter((name) => name.startsWith(`${layer}:`)).join(" ");
  useEffect(() => {
    if (!url) return undefined;
    let current = true;
    const image = new Image();
    image.onload = () => {
      const element = canvas.current;
      const context = element?.getContext("2d", { willReadFrequently: true });
      if (!current || !element || !context) return;
      element.width = image.naturalWidth;
      element.height = image.naturalHeight;
      context.drawImage(image, 0, 0);
      const pixels = context.getImageData(0, 0, element.width, element.height);
      for (let i = 0; i < pixels.data.length; i += 4) {
        const id = pixels.data[i]!;
        const [r, g, b] = parts(colourAt(id));
        pixels.data[i] = r;
        pixels.data[i + 1] = g;
        pixels.data[i + 2] = b;
        pixels.data[i + 3] = id === 0 || hidden.has(`${layer}:${id}`) ? 0 : 130;
      }
      context.putImageData(pixels, 0, 0);
    };
    image.src = url;
    return () => {
      current = false;
    };
  }, [url, off]);
  return <canvas ref={canvas} class="gp-mask" aria-hidden="true" />;
}

function parts(colour: string): [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

interface LayersProps {
  layers: readonly Layer[];
  hidden: Hidden;
  change: (hidden: Hidden) => void;
}

/** Switches for masks, boxes and their classes. */
export function LayerSwitches({ layers, hidden, change }: LayersProps) {
  if (!layers.length) return null;
  const toggle = (name: string) => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    change(next);
  };
  return (
    <div class="gp-layers">
      {layers.map((layer) => (
        <fieldset key={layer.name}>
          <legend>
            <label class="gp-check">
              <input
                type="checkbox"
                checked={!hidden.has(layer.name)}
                onChange={() => toggle(layer.name)}
              />{" "}
              {plain(layer.name)}
            </label>
          </legend>
          {!hidden.has(layer.name) &&
            layer.classes.slice(0, 60).map(([id, name]) => (
              <button
                type="button"
                key={id}
                class="gp-class-switch"
                aria-pressed={!hidden.has(`${layer.name}:${id}`)}
                onClick={() => toggle(`${layer.name}:${id}`)}
              >
                <i style={{ background: colourAt(id) }} /> {plain(name)}
              </button>
            ))}
        </fieldset>
      ))}
    </div>
  );
}
