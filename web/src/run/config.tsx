/** A nested config as a tree that folds and is searched. */
import { useMemo, useState } from "preact/hooks";
import { NONE } from "../lib/format";
import { isMapping } from "../lib/tree";
import { plain } from "./ansi";
import { configTree, descend, prune, type TreeNode } from "./tree";
import { Tree } from "./treeview";
import { CopyButton } from "./clipboard";

const LONGEST = 400; // characters shown of a value
const MANY = 60; // keys, from which on only the first level is open

interface ConfigProps {
  config: Record<string, unknown>;
  label: string;
  /** Keys that differ from another run's, to be marked. */
  marked?: ReadonlySet<string>;
}

export function ConfigTree({ config, label, marked }: ConfigProps) {
  const [search, setSearch] = useState("");
  const roots = useMemo(() => configTree(config), [config]);
  const all = useMemo(() => descend(roots), [roots]);
  const needle = search.trim().toLowerCase();
  const found = useMemo(
    () => (needle ? prune(roots, (node) => matches(node, needle)) : null),
    [roots, needle],
  );
  if (!roots.length) return <p class="gp-empty">The config is empty.</p>;
  const shown = found?.roots ?? roots;
  const open = found?.open ?? new Set(all.length > MANY ? descend(roots, 1) : all);
  return (
    <div class="gp-config">
      <div class="gp-bar">
        <input
          type="search"
          class="gp-search"
          placeholder="Search keys and values"
          aria-label={`Search ${label}`}
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <CopyButton text={JSON.stringify(config, null, 2)} label="Copy as JSON" />
      </div>
      {shown.length ? (
        <Tree
          label={label}
          roots={shown}
          open={open}
          version={`${needle} ${all.join(" ")}`}
          row={(node, isOpen) => (
            <>
              <span class={`gp-key${marked?.has(node.id) ? " marked" : ""}`}>{plain(node.label)}</span>
              <span class={`gp-value ${kindOf(node.value)}`}>
                {node.children.length ? (isOpen ? "" : `${node.children.length} keys`) : literal(node.value)}
              </span>
            </>
          )}
        />
      ) : (
        <p class="gp-empty">Nothing matches “{plain(search)}”.</p>
      )}
    </div>
  );
}

function matches(node: TreeNode<unknown>, needle: string): boolean {
  return (
    node.id.toLowerCase().includes(needle) ||
    (node.children.length === 0 && literal(node.value).toLowerCase().includes(needle))
  );
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "none";
  return typeof value;
}

/** A config's value as it would stand in code, except that a text has no quotes. */
export function literal(value: unknown): string {
  if (value === undefined) return NONE;
  if (typeof value === "string") return value === "" ? '""' : plain(cut(value));
  if (isMapping(value) && Object.keys(value).length === 0) return "{}";
  return plain(cut(JSON.stringify(value) ?? NONE));
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
