/** All histograms of a run: heatmaps by kind, one step slider, or their statistics as curves. */
import { useMemo, useState } from "preact/hooks";
import { paths } from "../data/paths";
import type { Histograms, HistogramSeries, RunRow } from "../data/types";
import { number, plural } from "../lib/format";
import { colourAt } from "../state/colours";
import { plain } from "./ansi";
import { Bars, Heatmap } from "./heatmap";
import { sampleAt, tensorName } from "./histogram";
import { useJson } from "./resource";
import { Loaded, useSeen } from "./section";
import { TimePlot } from "./timeplot";

const STATS: Record<string, string> = {
  mean: "Mean", std: "Standard deviation", norm: "Norm", zeros: "Share of zeros",
  update_ratio: "Update / weight", weight_norm: "Weight norm", saturated: "Saturated",
  silent: "Silent units", alike: "Units alike", min: "Minimum", max: "Maximum",
}; // prettier-ignore
const PAGE = 24; // cards at once
const SEARCHABLE = 4; // tensors, beyond which they are searched

export function HistogramSection({ run }: { run: RunRow }) {
  const found = useJson<Histograms>(paths.histograms(run.name), run.oid);
  return (
    <Loaded of={found}>
      {({ series }) =>
        series.length ? (
          <HistogramBrowser series={series} />
        ) : (
          <p class="gp-empty">
            No histograms: <code>gitexp.watch(model)</code> records gradients, parameters and
            activations.
          </p>
        )
      }
    </Loaded>
  );
}

export function HistogramBrowser({ series }: { series: readonly HistogramSeries[] }) {
  const kinds = useMemo(() => [...new Set(series.map((one) => one.kind))], [series]);
  const [kind, setKind] = useState(kinds[0]!);
  const [search, setSearch] = useState("");
  const [view, setView] = useState("heatmap");
  const [most, setMost] = useState(PAGE);
  const steps = useMemo(
    () => [...new Set(series.flatMap((one) => one.steps))].sort((a, b) => a - b),
    [series],
  );
  const [step, setStep] = useState(steps[steps.length - 1] ?? 0);
  const needle = search.trim().toLowerCase();
  const ofKind = series.filter((one) => one.kind === kind);
  const shown = ofKind.filter((one) => one.name.toLowerCase().includes(needle));
  const stats = Object.keys(STATS).filter((key) => ofKind.some((one) => key in one.stats));
  const statistic = view === "heatmap" || stats.includes(view) ? view : "heatmap";
  return (
    <div class="gp-histograms">
      <div class="gp-bar">
        {kinds.length > 1 && (
          <div class="gp-tabs" role="group" aria-label="Kind of histogram">
            {kinds.map((one) => (
              <button type="button" key={one} aria-pressed={one === kind} onClick={() => setKind(one)}>
                {plain(one)}
              </button>
            ))}
          </div>
        )}
        {ofKind.length > SEARCHABLE && (
          <input
            type="search"
            class="gp-search"
            placeholder={`Search ${plural(ofKind.length, "tensor")}`}
            aria-label="Search tensors"
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        )}
        {stats.length > 0 && (
          <label class="gp-check">
            Show
            <select value={statistic} onChange={(event) => setView(event.currentTarget.value)}>
              <option value="heatmap">distributions</option>
              {stats.map((key) => (
                <option key={key} value={key}>
                  {STATS[key]}
                </option>
              ))}
            </select>
          </label>
        )}
        <StepSlider steps={steps} step={step} choose={setStep} />
      </div>
      <div class={`gp-cards ${statistic === "heatmap" ? "wide" : ""}`}>
        {shown.slice(0, most).map((one) => (
          <Card key={one.name} series={one} step={step} setStep={setStep} statistic={statistic} />
        ))}
      </div>
      {!shown.length && <p class="gp-empty">No tensor matches “{plain(search)}”.</p>}
      {shown.length > most && (
        <button type="button" class="gp-button" onClick={() => setMost(most + 4 * PAGE)}>
          Show more of {shown.length}
        </button>
      )}
    </div>
  );
}

interface SliderProps {
  steps: readonly number[];
  step: number;
  choose: (step: number) => void;
  label?: string;
}

/** A slider over the steps that exist, however far apart. */
export function StepSlider({ steps, step, choose, label = "Step" }: SliderProps) {
  if (steps.length < 2)
    return <span class="gp-soft">{steps.length ? `step ${steps[0]}` : ""}</span>;
  return (
    <label class="gp-slider">
      {label}
      <input
        type="range"
        min={0}
        max={steps.length - 1}
        value={sampleAt(steps, step)}
        aria-valuetext={`step ${step}`}
        onInput={(event) => choose(steps[Number(event.currentTarget.value)] ?? step)}
      />
      <output>{step}</output>
    </label>
  );
}

interface CardProps {
  series: HistogramSeries;
  step: number;
  setStep: (step: number) => void;
  statistic: string;
}

function Card({ series, step, setStep, statistic }: CardProps) {
  const [box, seen] = useSeen<HTMLElement>("300px");
  const name = tensorName(series);
  const i = sampleAt(series.steps, step);
  const lines = useMemo(
    () => [{ label: "", colour: colourAt(0), xs: series.steps, ys: series.stats[statistic] ?? [] }],
    [series, statistic],
  );
  return (
    <figure class="gp-hist" ref={box}>
      <figcaption>
        <code title={plain(name)}>{plain(name)}</code>
      </figcaption>
      {!seen ? (
        <div class="gp-waiting" />
      ) : statistic === "heatmap" ? (
        <div class="gp-hist-pair">
          <Heatmap series={series} label={name} step={step} point={setStep} />
          <Bars series={series} step={step} label={name} />
        </div>
      ) : (
        <TimePlot
          title={STATS[statistic] ?? statistic}
          lines={lines}
          x="step"
          format={(value) => number(value, 3)}
          sync="gp-histograms"
          height={130}
        />
      )}
      {statistic === "heatmap" && (
        <p class="gp-soft gp-tight">
          {["mean", "std", "norm", "zeros", "update_ratio"]
            .filter((key) => typeof series.stats[key]?.[i] === "number")
            .map((key) => `${STATS[key]!.toLowerCase()} ${number(series.stats[key]![i], 3)}`)
            .join(" · ")}
        </p>
      )}
    </figure>
  );
}
