/** A point cloud or molecule that the pointer and the arrow keys turn. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { MediaItem } from "../data/types";
import { colourAt } from "../state/colours";
import { dark } from "../state/theme";
import { plain } from "../run/ansi";
import { Loaded } from "../run/section";
import { useFileText } from "./files";
import { suffixOf } from "./items";
import { project, readCloud, readText, type Cloud } from "./points";

const STEP = Math.PI / 24; // that a key turns

export function CloudItem({ run, item }: { run: string; item: MediaItem }) {
  const file = useFileText(run, item.path);
  return <Loaded of={file}>{(text) => <Parsed text={text} item={item} />}</Loaded>;
}

function Parsed({ text, item }: { text: string; item: MediaItem }) {
  const isDark = dark.value;
  const cloud = useMemo(() => parse(text, item.path), [text, item.path, isDark]);
  if (!cloud)
    return <p class="gp-empty">This kind of file ({suffixOf(item.path)}) cannot be drawn here.</p>;
  return <CloudView cloud={cloud} label={plain(item.caption ?? item.key)} />;
}

function parse(text: string, path: string): Cloud | null {
  const suffix = suffixOf(path);
  if (suffix !== "json") return readText(text, suffix);
  try {
    return readCloud(JSON.parse(text), colourAt);
  } catch {
    return null;
  }
}

function CloudView({ cloud, label }: { cloud: Cloud; label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [view, setView] = useState({ turn: 0.6, tilt: 0.4, zoom: 1 });
  const held = useRef<{ x: number; y: number } | null>(null);
  const isDark = dark.value;
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const ratio = Math.min(2, devicePixelRatio || 1);
    const size = element.clientWidth;
    element.width = element.height = size * ratio;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { order, xyz } = project(cloud, view.turn, view.tilt);
    const many = order.length;
    const radius = Math.max(0.8, Math.min(6, 70 / Math.sqrt(many))) * view.zoom;
    for (const i of order) {
      const near = 1 - 0.25 * xyz[3 * i + 2]!;
      context.globalAlpha = 0.45 + 0.5 * Math.max(0, Math.min(1, (1.3 - xyz[3 * i + 2]!) / 2.3));
      context.fillStyle = cloud.colours[i] ?? colourAt(0);
      context.beginPath();
      context.arc(
        size / 2 + xyz[3 * i]! * near * view.zoom * size * 0.44,
        size / 2 - xyz[3 * i + 1]! * near * view.zoom * size * 0.44,
        radius * near,
        0,
        7,
      );
      context.fill();
    }
  }, [cloud, view, isDark]);
  const turn = (by: number, up: number, zoom = 1) =>
    setView((old) => ({
      turn: old.turn + by,
      tilt: Math.max(-1.57, Math.min(1.57, old.tilt + up)),
      zoom: Math.max(0.3, Math.min(8, old.zoom * zoom)),
    }));
  const keys: Record<string, [number, number, number]> = {
    ArrowLeft: [-STEP, 0, 1],
    ArrowRight: [STEP, 0, 1],
    ArrowUp: [0, -STEP, 1],
    ArrowDown: [0, STEP, 1],
    "+": [0, 0, 1.2],
    "-": [0, 0, 1 / 1.2],
  };
  return (
    <canvas
      ref={canvas}
      class="gp-cloud"
      tabIndex={0}
      role="img"
      aria-label={`${label}: ${cloud.colours.length} points; arrow keys turn, plus and minus zoom`}
      onPointerDown={(event) => {
        held.current = { x: event.clientX, y: event.clientY };
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        if (!held.current) return;
        turn((event.clientX - held.current.x) / 120, (event.clientY - held.current.y) / 120);
        held.current = { x: event.clientX, y: event.clientY };
      }}
      onPointerUp={() => (held.current = null)}
      onKeyDown={(event) => {
        const by = keys[event.key];
        if (!by) return;
        event.preventDefault();
        turn(...by);
      }}
    />
  );
}
