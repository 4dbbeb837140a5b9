/** What runs logged, key by key, with a step slider; several runs stand side by side. */
import { useMemo, useState } from "preact/hooks";
import { paths } from "../data/paths";
import type { Media, MediaItem } from "../data/types";
import { plural } from "../lib/format";
import { colour } from "../state/colours";
import { links } from "../state/route";
import { runByName } from "../state/runs";
import { plain } from "../run/ansi";
import { fetchJson, useAsked } from "../run/resource";
import { Loaded, useSeen } from "../run/section";
import { StepSlider } from "../run/histograms";
import { LayerSwitches, layersOf, type Hidden } from "./image";
import { Item } from "./item";
import { byKey, itemsAt, type MediaKey } from "./items";
import { Lightbox } from "./lightbox";

const PAGE = 24; // items of a key and step at once

interface BrowserProps {
  runs: readonly string[];
  /** Which keys are wanted; left out: all. */
  only?: (key: string) => boolean;
}

interface RunMedia {
  run: string;
  keys: MediaKey[];
  message: string | null; // why it has none
}

export function MediaBrowser({ runs, only }: BrowserProps) {
  const versions = runs.map((run) => runByName.value.get(run)?.oid ?? "").join(" ");
  const found = useAsked(`media ${JSON.stringify(runs)}`, versions, () =>
    Promise.all(runs.map((run) => mediaOf(run))),
  );
  return <Loaded of={found}>{(media) => <Keys media={media} only={only} />}</Loaded>;
}

async function mediaOf(run: string): Promise<RunMedia> {
  const row = runByName.value.get(run);
  if (row && row.media === 0) return { run, keys: [], message: null };
  try {
    const { items } = await fetchJson<Media>(paths.media(run), {}, row?.oid ?? "");
    return { run, keys: byKey(items), message: null };
  } catch (error) {
    return { run, keys: [], message: error instanceof Error ? error.message : String(error) };
  }
}

function Keys({ media, only }: { media: RunMedia[]; only: BrowserProps["only"] }) {
  const [search, setSearch] = useState("");
  const [width, setWidth] = useState(140);
  const [together, setTogether] = useState(true);
  const [shared, setShared] = useState<number | null>(null);
  const [hidden, setHidden] = useState<Hidden>(new Set());
  const names = useMemo(
    () => [...new Set(media.flatMap(({ keys }) => keys.map(({ key }) => key)))].filter((key) => !only || only(key)),
    [media, only],
  );
  const pictures = useMemo(
    () => media.flatMap(({ keys }) => keys.flatMap(({ at }) => [...at.values()].flat())),
    [media],
  );
  const layers = useMemo(() => layersOf(pictures), [pictures]);
  const failed = media.filter(({ message }) => message !== null);
  const needle = search.trim().toLowerCase();
  if (!names.length)
    return (
      <p class="gp-empty">
        {failed[0]?.message ?? "No images, tables or other media were logged."}
      </p>
    );
  return (
    <div class="gp-media">
      <div class="gp-bar">
        {names.length > 4 && (
          <input
            type="search"
            class="gp-search"
            placeholder="Search keys"
            aria-label="Search media"
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        )}
        <label class="gp-slider">
          Size
          <input
            type="range"
            min={64}
            max={480}
            step={8}
            value={width}
            onInput={(event) => setWidth(Number(event.currentTarget.value))}
          />
        </label>
        <label class="gp-check">
          <input type="checkbox" checked={together} onChange={() => setTogether(!together)} /> One step
          for all
        </label>
      </div>
      <LayerSwitches layers={layers} hidden={hidden} change={setHidden} />
      {failed.map(({ run, message }) => (
        <p class="gp-empty" key={run}>
          {plain(run)}: {message}
        </p>
      ))}
      {names
        .filter((key) => key.toLowerCase().includes(needle))
        .map((key) => (
          <KeyView
            key={key}
            name={key}
            media={media}
            width={width}
            hidden={hidden}
            shared={together ? shared : null}
            share={together ? setShared : null}
          />
        ))}
    </div>
  );
}

interface KeyProps {
  name: string;
  media: RunMedia[];
  width: number;
  hidden: Hidden;
  /** The step that all keys show; null: each its own, or the last. */
  shared: number | null;
  share: ((step: number) => void) | null;
}

function KeyView({ name, media, width, hidden, shared, share }: KeyProps) {
  const [box, seen] = useSeen<HTMLElement>();
  const [own, setOwn] = useState<number | null>(null);
  const found = media.map(({ run, keys }) => ({ run, of: keys.find(({ key }) => key === name) }));
  const steps = [...new Set(found.flatMap(({ of }) => of?.steps ?? []))].sort((a, b) => a - b);
  const step = (share ? shared : own) ?? steps[steps.length - 1] ?? 0;
  const shown = found.filter(({ of }) => of);
  return (
    <section class="gp-media-key" aria-label={name} ref={box}>
      <header class="gp-bar">
        <h3>{plain(name)}</h3>
        <StepSlider steps={steps} step={step} choose={share ?? setOwn} label="Step" />
      </header>
      {seen && (
        <div class="gp-media-runs" style={{ "--item": `${width}px` }} data-runs={shown.length}>
          {shown.map(({ run, of }) => (
            <RunItems key={run} run={run} of={of!} step={step} hidden={hidden} named={media.length > 1} />
          ))}
        </div>
      )}
    </section>
  );
}

interface RunItemsProps {
  run: string;
  of: MediaKey;
  step: number;
  hidden: Hidden;
  named: boolean;
}

function RunItems({ run, of, step, hidden, named }: RunItemsProps) {
  const [most, setMost] = useState(PAGE);
  const [enlarged, setEnlarged] = useState<number | null>(null);
  const items = itemsAt(of, step);
  const at = items[0]?.step;
  return (
    <div class="gp-media-run">
      {named && (
        <p class="gp-run-name">
          <i class="gp-swatch" style={{ background: colour(run) }} />
          <a href={links.run(run)}>{plain(run)}</a>
          {at !== undefined && at !== step && <span class="gp-soft">at step {at}</span>}
        </p>
      )}
      <div class="gp-items">
        {items.slice(0, most).map((item, i) => (
          <Item key={`${item.path} ${i}`} run={run} item={item} hidden={hidden} enlarge={() => setEnlarged(i)} />
        ))}
      </div>
      {items.length > most && (
        <button type="button" class="gp-button" onClick={() => setMost(most + 4 * PAGE)}>
          Show more of {plural(items.length, "item")}
        </button>
      )}
      {enlarged !== null && (
        <Lightbox
          run={run}
          items={items.filter(isPicture)}
          first={items.slice(0, enlarged).filter(isPicture).length}
          hidden={hidden}
          close={() => setEnlarged(null)}
        />
      )}
    </div>
  );
}

function isPicture(item: MediaItem): boolean {
  return item.type === "image" || item.type === "video";
}
