/** One logged thing, shown by its type. */
import { useMemo } from "preact/hooks";
import type { MediaItem } from "../data/types";
import { source } from "../data/context";
import { paths } from "../data/paths";
import { bytes } from "../lib/format";
import { plain } from "../run/ansi";
import { download } from "../run/clipboard";
import { Loaded } from "../run/section";
import { ChartItem, PlotlyItem } from "./chart";
import { CloudItem } from "./cloud";
import { useFileText, useFileUrl } from "./files";
import { Picture, type Hidden } from "./image";
import { suffixOf } from "./items";
import { dress, inertPage } from "./page";
import { TableItem } from "./tableview";

const LOWEST = 60; // pixels of a page's frame
const TALLEST = 480;
const FRAMED = 34; // its margins and borders
const PICTURES = ["png", "jpg", "jpeg", "gif", "webp", "bmp", "svg", "avif"];

interface ItemProps {
  run: string;
  item: MediaItem;
  hidden: Hidden;
  enlarge?: () => void;
}

export function Item({ run, item, hidden, enlarge }: ItemProps) {
  const picture = PICTURES.includes(suffixOf(item.path));
  switch (item.type) {
    case "image":
      return picture ? (
        <Picture run={run} item={item} hidden={hidden} {...(enlarge ? { enlarge } : {})} />
      ) : (
        <FileItem run={run} item={item} />
      );
    case "video":
      return picture ? (
        <Picture run={run} item={item} hidden={hidden} {...(enlarge ? { enlarge } : {})} />
      ) : (
        <VideoItem run={run} item={item} />
      );
    case "audio":
      return <AudioItem run={run} item={item} />;
    case "table":
      return <TableItem run={run} item={item} />;
    case "chart":
      return <ChartItem run={run} item={item} />;
    case "plotly":
      return <PlotlyItem run={run} item={item} />;
    case "html":
      return <HtmlItem run={run} item={item} />;
    case "object3D":
    case "molecule":
      return <CloudItem run={run} item={item} />;
    default:
      return <FileItem run={run} item={item} />;
  }
}

interface Plain {
  run: string;
  item: MediaItem;
}

function AudioItem({ run, item }: Plain) {
  const url = useFileUrl(run, item.path);
  const caption = plain(item.caption ?? "");
  return (
    <figure class="gp-item gp-sound">
      {url ? <audio controls preload="metadata" src={url} aria-label={caption || item.key} /> : <Absent url={url} />}
      {caption && <figcaption>{caption}</figcaption>}
    </figure>
  );
}

function VideoItem({ run, item }: Plain) {
  const url = useFileUrl(run, item.path);
  const caption = plain(item.caption ?? "");
  return (
    <figure class="gp-item">
      {url ? <video controls preload="metadata" src={url} aria-label={caption || item.key} /> : <Absent url={url} />}
      {caption && <figcaption>{caption}</figcaption>}
    </figure>
  );
}

/** A page in a frame that may do nothing: no script, no form, no window. */
function HtmlItem({ run, item }: Plain) {
  const { page } = source();
  const title = `${plain(item.key)}, step ${item.step}`;
  if (page.api !== undefined)
    return <iframe class="gp-frame" sandbox="" src={`${page.api}/${paths.file(run, item.path)}`} title={title} loading="lazy" />;
  return <EmbeddedHtml run={run} item={item} title={title} />;
}

function EmbeddedHtml({ run, item, title }: Plain & { title: string }) {
  const file = useFileText(run, item.path);
  return <Loaded of={file}>{(html) => <InertFrame html={html} title={title} />}</Loaded>;
}

/** It is of our origin only so that we can dress it: nothing inside can run. */
function InertFrame({ html, title }: { html: string; title: string }) {
  const page = useMemo(() => inertPage(html), [html]);
  const onLoad = (event: Event) => {
    const frame = event.currentTarget as HTMLIFrameElement;
    if (frame.contentDocument === null) return;
    dress(frame.contentDocument, page.styles);
    const { height } = frame.contentDocument.documentElement.getBoundingClientRect();
    frame.style.height = `${Math.min(TALLEST, Math.max(LOWEST, height + FRAMED))}px`;
  };
  return <iframe class="gp-frame" sandbox="allow-same-origin" srcdoc={page.html} title={title} onLoad={onLoad} />;
}

function FileItem({ run, item }: Plain) {
  const save = () =>
    void source()
      .bytes(paths.file(run, item.path))
      .then((content) => download(item.path.split("/").pop() ?? "file", content as BlobPart, "application/octet-stream"))
      .catch(() => undefined);
  return (
    <p class="gp-item">
      {plain(item.caption ?? item.path.split("/").pop() ?? item.key)}{" "}
      <span class="gp-soft">
        {plain(item.type)}, {typeof item.bytes === "number" ? bytes(item.bytes) : ""}
      </span>{" "}
      <button type="button" class="gp-button small" onClick={save}>
        Download
      </button>
    </p>
  );
}

function Absent({ url }: { url: string | null | undefined }) {
  return <span class="gp-empty">{url === null ? "not in this report" : "Loading…"}</span>;
}
