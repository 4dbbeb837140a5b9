/** The model as a tree of modules: classes, shapes, parameters, multiplications. */
import { useMemo, useState } from "preact/hooks";
import type { ModelNode } from "../data/types";
import { plain } from "./ansi";
import { moduleTree, type ModuleRow } from "./modules";
import { descend, prune } from "./tree";
import { Tree } from "./treeview";
import { large } from "./words";

export function ModelTree({ model }: { model: ModelNode }) {
  const [search, setSearch] = useState("");
  const [level, setLevel] = useState(2);
  const root = useMemo(() => moduleTree(model), [model]);
  const needle = search.trim().toLowerCase();
  const found = useMemo(
    () =>
      needle
        ? prune([root], ({ id, value }) => `${id} ${value.kind}`.toLowerCase().includes(needle))
        : null,
    [root, needle],
  );
  const total = Math.max(1, model.parameters ?? 0);
  const frozen = (model.parameters ?? 0) - (model.trainable ?? 0);
  return (
    <div class="gp-model">
      <p class="gp-model-facts">
        <strong>{plain(model.class)}</strong> {large(model.parameters)} parameters
        {frozen > 0 && `, ${large(frozen)} of them frozen`}
        {model.macs ? ` · ${large(model.macs)} multiplications` : ""}
        {model.batch ? ` at batch size ${String(model.batch)}` : ""}
      </p>
      <div class="gp-bar">
        <input
          type="search"
          class="gp-search"
          placeholder="Search modules and classes"
          aria-label="Search modules"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <span class="gp-soft">Open</span>
        {[1, 2, 3, 99].map((one) => (
          <button
            type="button"
            key={one}
            class="gp-button small"
            aria-pressed={level === one}
            onClick={() => setLevel(one)}
          >
            {one === 99 ? "all" : `${one} level${one > 1 ? "s" : ""}`}
          </button>
        ))}
      </div>
      <div class="gp-module-head" aria-hidden="true">
        <span>Module</span>
        <span>Output</span>
        <span>Parameters</span>
        <span>Multiplications</span>
      </div>
      <Tree
        label="Modules of the model"
        roots={found?.roots ?? [root]}
        open={found?.open ?? new Set(descend([root], level))}
        version={`${needle} ${level}`}
        row={(node) => <Module row={node.value} label={node.label} total={total} />}
      />
    </div>
  );
}

function Module({ row, label, total }: { row: ModuleRow; label: string; total: number }) {
  return (
    <>
      <span class={row.leaf ? "gp-parameter" : "gp-key"}>{plain(label)}</span>
      <span class="gp-class">{plain(row.kind)}</span>
      <span class="gp-cell gp-shape" title={row.inputs && `in ${row.inputs}`}>
        {row.outputs}
      </span>
      <span class="gp-cell gp-amount">
        {row.parameters !== null && (
          <>
            <meter class="gp-share" min={0} max={total} value={row.parameters} aria-hidden="true" />
            {large(row.parameters)}
          </>
        )}
        <span class="gp-unseen"> parameters</span>
      </span>
      <span class="gp-cell gp-amount">{row.macs ? large(row.macs) : ""}</span>
    </>
  );
}

