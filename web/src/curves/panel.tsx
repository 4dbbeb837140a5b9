/** A metric's panel: its title, its tools and its chart, drawn when it comes near the screen. */
import { useSignal } from "@preact/signals";
import { Icon } from "../components/icons";
import { useNear } from "../components/near";
import { Popover } from "../components/popover";
import { goals } from "../state/runs";
import { ignoreOutliers, logX, logY, pinned, xAxis, zoom as sharedZoom } from "../state/view";
import { Chart } from "./chart";
import { Enlarged } from "./enlarged";
import { download, figureCsv, figureSvg, fileName, pngOf, type Figure } from "./export";
import { Legend } from "./legend";
import type { Range } from "./range";
import { useLines, type LinesOf } from "./use-lines";

export interface CurvePanelProps extends LinesOf {
  title?: string;
  /** Pixels. */
  height?: number;
  logY?: boolean;
  /** Whether it can be pinned to the top of the workspace. */
  pin?: boolean;
  /** Whether the names of the curves stand below. */
  legend?: boolean;
  /** Charts with the same key share crosshair and zoom; left out: the workspace's. */
  sync?: string;
}

const HEIGHT = 220;

export function CurvePanel(props: CurvePanelProps) {
  const { metric, title = metric, height = HEIGHT, legend = false, sync } = props;
  const [box, near] = useNear<HTMLElement>();
  const ownZoom = useSignal<Range | null>(null);
  const ownLog = useSignal<boolean | null>(props.logY ?? null);
  const large = useSignal(false);
  const cut = useSignal(false);
  const zoom = sync === undefined ? sharedZoom : ownZoom;
  const { lines, loading, failure } = useLines(props, near || large.value, zoom.value);
  const figure: Figure = {
    title,
    lines,
    axis: props.axis ?? xAxis.value,
    logX: logX.value && sync === undefined,
    logY: ownLog.value ?? logY.value,
    calm: ignoreOutliers.value,
    zoom: zoom.value,
  };
  const chart = (tall: number) => (
    <Chart
      {...figure}
      metric={metric}
      height={tall}
      sync={sync ?? "workspace"}
      onZoom={(range) => (zoom.value = range)}
      onCut={(now) => (cut.value = now)}
    />
  );
  const said = failure ?? (loading ? "Loading…" : "None of the shown runs has points here.");
  const goal = goals.value.get(metric);
  return (
    <section class="gx-curve" ref={box} aria-label={title}>
      <header class="gx-curve-head">
        <h3 title={title}>{title}</h3>
        {goal && (
          <span class="gx-goal" title={`${goal} is better`}>
            {goal === "lower" ? "↓" : "↑"}
          </span>
        )}
        {cut.value && (
          <button
            type="button"
            class="gx-chip"
            title="Rare spikes lie outside. Show them on all panels"
            onClick={() => (ignoreOutliers.value = false)}
          >
            spikes cut
          </button>
        )}
        <div class="gx-tools">
          {props.pin && <PinButton metric={metric} />}
          <button
            type="button"
            class={`gx-button gx-bare${figure.logY ? " gx-marked" : ""}`}
            aria-pressed={figure.logY}
            aria-label={`Logarithmic y axis of ${title}`}
            title="Logarithmic y axis"
            onClick={() => (ownLog.value = !figure.logY)}
          >
            <Icon name="log" />
          </button>
          <Popover label={`Download ${title}`} icon="download" bare align="right">
            {(close) => <Downloads figure={figure} done={close} />}
          </Popover>
          <button
            type="button"
            class="gx-button gx-bare"
            aria-label={`Enlarge ${title}`}
            title="Enlarge"
            onClick={() => (large.value = true)}
          >
            <Icon name="expand" />
          </button>
        </div>
      </header>
      <Body height={height} shown={near && lines.length > 0} said={near ? said : ""}>
        {near && lines.length > 0 && chart(height)}
      </Body>
      {legend && <Legend lines={lines} />}
      {large.value && (
        <Enlarged title={title} close={() => (large.value = false)}>
          {(tall) => (
            <>
              {chart(tall)}
              <Legend lines={lines} values />
            </>
          )}
        </Enlarged>
      )}
    </section>
  );
}

function PinButton({ metric }: { metric: string }) {
  const on = pinned.value.includes(metric);
  const others = pinned.value.filter((name) => name !== metric);
  return (
    <button
      type="button"
      class={`gx-button gx-bare${on ? " gx-marked" : ""}`}
      aria-pressed={on}
      aria-label={`Pin ${metric} to the top`}
      title={on ? "Back to its section" : "Pin to the top"}
      onClick={() => (pinned.value = on ? others : [...others, metric])}
    >
      <Icon name="pin" />
    </button>
  );
}

interface BodyProps {
  height: number;
  shown: boolean;
  /** What stands in place of the chart. */
  said: string;
  children: preact.ComponentChildren;
}

function Body({ height, shown, said, children }: BodyProps) {
  if (shown) return <>{children}</>;
  return (
    <div class="gx-curve-empty" style={{ height: `${height}px` }}>
      {said}
    </div>
  );
}

function Downloads({ figure, done }: { figure: Figure; done: () => void }) {
  const name = fileName(figure.title);
  const save = async (kind: "png" | "svg" | "csv") => {
    const text = kind === "csv" ? figureCsv(figure) : figureSvg(figure);
    const content =
      kind === "png"
        ? await pngOf(text)
        : new Blob([text], { type: kind === "csv" ? "text/csv" : "image/svg+xml" });
    download(`${name}.${kind}`, content);
    done();
  };
  return (
    <div class="gx-menu" role="group" aria-label="Download as">
      {(["png", "svg", "csv"] as const).map((kind) => (
        <button key={kind} type="button" onClick={() => void save(kind)}>
          {kind.toUpperCase()}
        </button>
      ))}
    </div>
  );
}
