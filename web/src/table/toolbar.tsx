/** Above the runs table: search, filter, grouping, columns, and what to do with ticked runs. */
import { useSignal } from "@preact/signals";
import { Icon } from "../components/icons";
import { Popover } from "../components/popover";
import { source } from "../data/context";
import { paths } from "../data/paths";
import { plural } from "../lib/format";
import { configKeysOf, differingKeys } from "../lib/facts";
import { GROUP_FACTS } from "../state/groups";
import { allKeys, columnOf, usualKeys } from "../state/columns";
import { links } from "../state/route";
import { loadRuns, runs } from "../state/runs";
import { filter, listed, showOnly, switchRuns, visible } from "../state/visible";
import {
  band,
  baseline,
  columns,
  groupBy,
  mostShown,
  search,
  selection,
  ticked,
  where,
  withHidden,
  type Band,
} from "../state/view";

const MOST_COMPARED = 8;

export function TableToolbar() {
  const { problem } = filter.value;
  return (
    <div class="gx-tools-box">
      <div class="gx-bar" role="toolbar" aria-label="Runs">
        <label class="gx-field gx-grow">
          <Icon name="search" />
          <input
            type="search"
            id="gx-run-search"
            placeholder="Search runs"
            aria-label="Search runs by name, tag, note or config"
            value={search.value}
            onInput={(event) => (search.value = event.currentTarget.value)}
          />
        </label>
        <GroupChoice />
        <ColumnChoice />
      </div>
      <label class={`gx-field gx-where${problem === null ? "" : " gx-wrong"}`}>
        <Icon name="filter" />
        <input
          type="text"
          id="gx-where"
          spellcheck={false}
          autocomplete="off"
          placeholder={'Filter: val_loss < 0.5 and "baseline" in tags'}
          aria-label="Filter runs with an expression, as gitexp ls --where"
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? undefined : "gx-where-problem"}
          value={where.value}
          onInput={(event) => (where.value = event.currentTarget.value)}
        />
      </label>
      {problem !== null && (
        <p class="gx-problem" id="gx-where-problem" role="alert">
          {problem}
        </p>
      )}
      {ticked.value.size > 0 ? <TickedBar /> : <CountBar />}
    </div>
  );
}

function CountBar() {
  const shown = visible.value.length;
  const all = listed.value.length;
  const total = runs.value.length;
  const hidden = runs.value.filter((run) => run.hidden).length;
  return (
    <div class="gx-counts">
      <span>
        {all === total ? plural(total, "run") : `${all.toLocaleString("en")} of ${plural(total, "run")}`}
        , {shown.toLocaleString("en")} drawn
      </span>
      {baseline.value !== null && (
        <Chip label={`baseline ${baseline.value}`} drop={() => (baseline.value = null)} />
      )}
      {selection.value !== null && (
        <Chip
          label={`${plural(selection.value.size, "run")} brushed`}
          drop={() => (selection.value = null)}
        />
      )}
      <span class="gx-grow" />
      <Popover label="Drawn" icon="eye" align="right" marked={mostShown.value !== 50}>
        {() => (
          <div class="gx-choices">
            <label>
              Draw the first
              <select
                value={mostShown.value}
                onChange={(event) => (mostShown.value = Number(event.currentTarget.value))}
              >
                {[10, 20, 50, 100, 200].map((n) => (
                  <option key={n} value={n}>
                    {n}
                  </option>
                ))}
                <option value={0}>all</option>
              </select>
              listed runs
            </label>
            <button type="button" onClick={() => switchRuns(listed.value.map((r) => r.name), true)}>
              Draw all listed
            </button>
            <button type="button" onClick={() => switchRuns(listed.value.map((r) => r.name), false)}>
              Draw none
            </button>
            {hidden > 0 && (
              <label>
                <input
                  type="checkbox"
                  checked={withHidden.value}
                  onChange={(event) => (withHidden.value = event.currentTarget.checked)}
                />
                List {plural(hidden, "hidden run")}
              </label>
            )}
          </div>
        )}
      </Popover>
    </div>
  );
}

function Chip({ label, drop }: { label: string; drop: () => void }) {
  return (
    <button type="button" class="gx-chip" onClick={drop} title={`Drop: ${label}`}>
      <span class="gx-clip">{label}</span> <Icon name="close" />
    </button>
  );
}

function TickedBar() {
  const names = [...ticked.value];
  const clear = () => (ticked.value = new Set());
  return (
    <div class="gx-counts gx-ticked">
      <b>{names.length} ticked</b>
      <a
        class={`gx-button${names.length < 2 ? " gx-disabled" : ""}`}
        href={names.length < 2 ? undefined : links.compare(names.slice(0, MOST_COMPARED))}
        aria-disabled={names.length < 2}
        title={names.length > MOST_COMPARED ? `The first ${MOST_COMPARED} of them` : undefined}
      >
        Compare
      </a>
      <button type="button" class="gx-button" onClick={() => showOnly(ticked.value)}>
        Draw only these
      </button>
      {source().post !== undefined && <Edits names={names} />}
      <span class="gx-grow" />
      <button type="button" class="gx-button gx-bare" aria-label="Untick all" onClick={clear}>
        <Icon name="close" />
      </button>
    </div>
  );
}

function Edits({ names }: { names: readonly string[] }) {
  const problem = useSignal<string | null>(null);
  const tag = useSignal("");
  const send = async (what: "tags" | "hidden", body: unknown) => {
    try {
      for (const name of names) await source().post!(paths.edit(name, what), body);
      problem.value = null;
      await loadRuns();
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
  };
  return (
    <Popover label="Edit">
      {(close) => (
        <form
          class="gx-choices"
          onSubmit={(event) => {
            event.preventDefault();
            const added = tag.value.split(/[\s,]+/).filter(Boolean);
            if (added.length > 0) void send("tags", { add: added, remove: [] }).then(close);
          }}
        >
          <label class="gx-field">
            Tags
            <input value={tag.value} onInput={(event) => (tag.value = event.currentTarget.value)} />
          </label>
          <button type="submit">Add tags</button>
          <button type="button" onClick={() => void send("hidden", { hidden: true }).then(close)}>
            Hide from lists
          </button>
          <button type="button" onClick={() => void send("hidden", { hidden: false }).then(close)}>
            List again
          </button>
          {problem.value !== null && (
            <p class="gx-problem" role="alert">
              {problem.value}
            </p>
          )}
        </form>
      )}
    </Popover>
  );
}

function GroupChoice() {
  const differing = differingKeys(runs.value);
  const rest = configKeysOf(runs.value).filter((key) => !differing.includes(key));
  return (
    <Popover label="Group" icon="group" marked={groupBy.value !== null}>
      {() => (
        <div class="gx-choices">
          <label>
            Group by
            <select
              value={groupBy.value ?? ""}
              onChange={(event) => (groupBy.value = event.currentTarget.value || null)}
            >
              <option value="">nothing</option>
              <Options label="Config that differs" keys={differing.map((key) => `config.${key}`)} />
              <Options label="Facts" keys={GROUP_FACTS} />
              <Options label="Config that is the same" keys={rest.map((key) => `config.${key}`)} />
            </select>
          </label>
          <label>
            Band
            <select
              value={band.value}
              onChange={(event) => (band.value = event.currentTarget.value as Band)}
            >
              <option value="range">lowest to highest</option>
              <option value="deviation">± standard deviation</option>
              <option value="none">none</option>
            </select>
          </label>
        </div>
      )}
    </Popover>
  );
}

function Options({ label, keys }: { label: string; keys: readonly string[] }) {
  if (keys.length === 0) return null;
  return (
    <optgroup label={label}>
      {keys.map((key) => (
        <option key={key} value={key}>
          {key.replace(/^config\./, "")}
        </option>
      ))}
    </optgroup>
  );
}

function ColumnChoice() {
  const words = useSignal("");
  const chosen = columns.value ?? usualKeys.value;
  const toggle = (key: string) => {
    columns.value = chosen.includes(key) ? chosen.filter((k) => k !== key) : [...chosen, key];
  };
  return (
    <Popover label="Columns" icon="columns" align="right" marked={columns.value !== null}>
      {() => (
        <div class="gx-choices gx-columns">
          <label class="gx-field">
            <Icon name="search" />
            <input
              type="search"
              aria-label="Search columns"
              placeholder="Search columns"
              value={words.value}
              onInput={(event) => (words.value = event.currentTarget.value)}
            />
          </label>
          <div class="gx-column-list">
            {allKeys(runs.value).map(({ title, keys }) => {
              const found = keys.filter((key) =>
                key.toLowerCase().includes(words.value.toLowerCase()),
              );
              if (found.length === 0) return null;
              return (
                <fieldset key={title}>
                  <legend>{title}</legend>
                  {found.slice(0, 200).map((key) => (
                    <label key={key}>
                      <input
                        type="checkbox"
                        checked={chosen.includes(key)}
                        onChange={() => toggle(key)}
                      />
                      <span class="gx-clip">{columnOf(key, []).title}</span>
                    </label>
                  ))}
                  {found.length > 200 && <p class="gx-soft">{found.length - 200} more: search</p>}
                </fieldset>
              );
            })}
          </div>
          <button type="button" onClick={() => (columns.value = null)}>
            The usual columns
          </button>
        </div>
      )}
    </Popover>
  );
}
