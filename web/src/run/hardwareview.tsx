/** A run's hardware trace, measure by measure, each GPU by itself or all in one plot. */
import { useEffect, useMemo, useState } from "preact/hooks";
import { source } from "../data/context";
import { numberOf } from "../data/packed";
import { paths } from "../data/paths";
import type { LivePoints, PackedEntry, RunRow } from "../data/types";
import { createdOf } from "../lib/facts";
import { colourAt, DASHES } from "../state/colours";
import { beginsAtZero, gpuCount, groupsOf, type Measure } from "./hardware";
import { useAsked } from "./resource";
import { Loaded } from "./section";
import { TimePlot } from "./timeplot";
import { energyWords, hardwareValue } from "./words";

interface Trace {
  xs: number[]; // seconds since the run's start
  ys: number[];
}
type Traces = Record<string, Trace>;

export function HardwareSection({ run }: { run: RunRow }) {
  const found = useAsked(`hardware ${run.name}`, run.live ? "" : run.oid, () =>
    source().packed(paths.hardware(run.name)),
  );
  return (
    <>
      {energyWords(run) && <p class="gp-tight">{energyWords(run)}</p>}
      <Loaded of={found}>{(entries) => <Plots run={run} entries={entries} />}</Loaded>
    </>
  );
}

function Plots({ run, entries }: { run: RunRow; entries: readonly PackedEntry[] }) {
  const [traces, setTraces] = useState<Traces>(() => tracesOf(entries));
  const [byDevice, setByDevice] = useState(false);
  useEffect(() => setTraces(tracesOf(entries)), [entries]);
  useEffect(
    () =>
      source().subscribe?.((event) => {
        if (event.type === "hardware" && event.run === run.name)
          setTraces((old) => extended(old, event.points, createdOf(run)));
      }),
    [run.name],
  );
  const keys = Object.keys(traces);
  const groups = useMemo(() => groupsOf(keys, byDevice), [keys.join(" "), byDevice]);
  if (!keys.length) return <p class="gp-empty">No hardware was sampled.</p>;
  return (
    <>
      {gpuCount(keys) > 1 && (
        <div class="gp-tabs" role="group" aria-label="Plots of GPUs">
          <button type="button" aria-pressed={!byDevice} onClick={() => setByDevice(false)}>
            All GPUs in one plot
          </button>
          <button type="button" aria-pressed={byDevice} onClick={() => setByDevice(true)}>
            Each GPU by itself
          </button>
        </div>
      )}
      {groups.map((group) => (
        <section key={group.title} aria-label={group.title}>
          <h3>{group.title}</h3>
          <div class="gp-cards">
            {group.measures.map((measure) => (
              <MeasurePlot key={measure.title} measure={measure} traces={traces} />
            ))}
          </div>
        </section>
      ))}
    </>
  );
}

function MeasurePlot({ measure, traces }: { measure: Measure; traces: Traces }) {
  const first = measure.keys[0]!.key;
  const own = measure.keys.map(({ key }) => traces[key]);
  const lines = useMemo(
    () =>
      measure.keys.map(({ key, label }, i) => ({
        label: measure.keys.length > 1 ? label : "",
        colour: colourAt(i),
        dash: DASHES[Math.floor(i / 8) % DASHES.length] ?? [],
        xs: traces[key]?.xs ?? [],
        ys: traces[key]?.ys ?? [],
      })),
    [measure, ...own],
  );
  return (
    <TimePlot
      title={measure.title}
      lines={lines}
      x="seconds"
      format={(value) => hardwareValue(first, value)}
      sync="gp-hardware"
      binary={/_bytes(_per_s)?$/.test(first)}
      {...(beginsAtZero(first) ? { from: 0 } : {})}
    />
  );
}

function tracesOf(entries: readonly PackedEntry[]): Traces {
  return Object.fromEntries(
    entries.map((entry) => [entry.key, { xs: Array.from(entry.steps), ys: Array.from(entry.values) }]),
  );
}

/** Points that the server told of, at the end; those that are here already are passed over. */
function extended(traces: Traces, points: Record<string, LivePoints>, created_s: number): Traces {
  const next = { ...traces };
  for (const [key, { steps, times, values }] of Object.entries(points)) {
    const old = next[key] ?? { xs: [], ys: [] };
    const end = old.xs[old.xs.length - 1] ?? -Infinity;
    const xs = [...old.xs];
    const ys = [...old.ys];
    values.forEach((value, i) => {
      const x = steps[i] ?? (times[i] ?? created_s) - created_s;
      if (x <= end) return;
      xs.push(x);
      ys.push(numberOf(value));
    });
    next[key] = { xs, ys };
  }
  return next;
}
