/** What holds for all curves: search, x axis, smoothing, scales, zoom. */
import { Icon } from "../components/icons";
import { Popover } from "../components/popover";
import { metricsOf } from "../lib/facts";
import { runs } from "../state/runs";
import {
  ignoreOutliers,
  logX,
  logY,
  panelSearch,
  panelSize,
  smoothing,
  xAxis,
  zoom,
  type PanelSize,
  type XAxis,
} from "../state/view";

const PLAIN: [XAxis & string, string][] = [
  ["step", "Step"],
  ["relative", "Time since start"],
  ["time", "Wall time"],
];

export function CurveControls() {
  return (
    <div class="gx-bar" role="toolbar" aria-label="Curves">
      <label class="gx-field gx-grow">
        <Icon name="search" />
        <input
          type="search"
          id="gx-panel-search"
          placeholder="Search metrics"
          aria-label="Search metrics: words, or a /regular expression/"
          value={panelSearch.value}
          onInput={(event) => (panelSearch.value = event.currentTarget.value)}
        />
      </label>
      <label class="gx-field">
        <span>x</span>
        <select aria-label="x axis" value={axisKey(xAxis.value)} onChange={takeAxis}>
          {PLAIN.map(([key, name]) => (
            <option key={key} value={key}>
              {name}
            </option>
          ))}
          <optgroup label="Metric">
            {metricsOf(runs.value)
              .slice(0, 300)
              .map((metric) => (
                <option key={metric} value={`metric:${metric}`}>
                  {metric}
                </option>
              ))}
          </optgroup>
        </select>
      </label>
      <label class="gx-field gx-slider" title="Exponential moving mean; the raw curve stays behind">
        <span>Smoothing</span>
        <input
          type="range"
          min="0"
          max="0.99"
          step="0.01"
          aria-label="Smoothing"
          value={smoothing.value}
          onInput={(event) => (smoothing.value = Number(event.currentTarget.value))}
        />
        <output>{smoothing.value.toFixed(2)}</output>
      </label>
      <Popover
        label="Display"
        icon="sliders"
        align="right"
        marked={logX.value || logY.value || !ignoreOutliers.value}
      >
        {() => (
          <div class="gx-choices">
            <Check label="Logarithmic x axis" of={logX} />
            <Check label="Logarithmic y axis" of={logY} />
            <Check label="Cut off rare spikes" of={ignoreOutliers} />
            <label>
              Panels
              <select
                value={panelSize.value}
                onChange={(event) => (panelSize.value = event.currentTarget.value as PanelSize)}
              >
                <option value="small">small</option>
                <option value="medium">medium</option>
                <option value="large">large</option>
              </select>
            </label>
          </div>
        )}
      </Popover>
      {zoom.value !== null && (
        <button
          type="button"
          class="gx-button gx-marked"
          title="Show the whole x axis again (double click on a chart)"
          onClick={() => (zoom.value = null)}
        >
          <Icon name="back" />
          <span>Reset zoom</span>
        </button>
      )}
    </div>
  );
}

function Check({ label, of }: { label: string; of: { value: boolean } }) {
  return (
    <label>
      <input
        type="checkbox"
        checked={of.value}
        onChange={(event) => (of.value = event.currentTarget.checked)}
      />
      {label}
    </label>
  );
}

function axisKey(axis: XAxis): string {
  return typeof axis === "object" ? `metric:${axis.metric}` : axis;
}

function takeAxis(event: Event): void {
  const { value } = event.currentTarget as HTMLSelectElement;
  zoom.value = null;
  xAxis.value = value.startsWith("metric:")
    ? { metric: value.slice(7) }
    : (value as XAxis & string);
}
