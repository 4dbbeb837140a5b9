/** The source tree as it ran: folders, and a file with its tokens coloured. */
import { useMemo, useState } from "preact/hooks";
import { source } from "../data/context";
import { paths } from "../data/paths";
import type { RunRow, SourceFile, SourceTree } from "../data/types";
import { bytes, plural } from "../lib/format";
import { plain } from "./ansi";
import { CopyButton } from "./clipboard";
import { useJson } from "./resource";
import { Loaded } from "./section";
import { descend, fileTree, prune } from "./tree";
import { Tree } from "./treeview";
import { VirtualRows } from "./virtual";

const ROW = 19; // pixels; run.css has the same
const FEW = 40; // files, up to which all folders are open

export function SourceBrowser({ run }: { run: RunRow }) {
  const tree = useJson<SourceTree>(paths.source(run.name), run.oid);
  return (
    <Loaded
      of={tree}
      missing={
        <>
          The source is not in this report: <code>git show refs/experiments/{plain(run.name)}:code/</code>{" "}
          lists it.
        </>
      }
    >
      {(data) => <Browser run={run} tree={data} />}
    </Loaded>
  );
}

function Browser({ run, tree }: { run: RunRow; tree: SourceTree }) {
  const [search, setSearch] = useState("");
  const files = Object.keys(tree.files);
  const [path, setPath] = useState<string | null>(() => first(tree));
  const roots = useMemo(() => fileTree(tree.files), [tree]);
  const needle = search.trim().toLowerCase();
  const found = useMemo(
    () =>
      needle
        ? prune(roots, (node) => node.children.length === 0 && node.id.toLowerCase().includes(needle))
        : null,
    [roots, needle],
  );
  const open = useMemo(
    () => found?.open ?? new Set([...descend(roots, files.length <= FEW ? 99 : 1), ...above(path)]),
    [roots, found],
  );
  if (!files.length) return <p class="gp-empty">The run has no source files.</p>;
  return (
    <div class="gp-source">
      <div class="gp-source-tree">
        <input
          type="search"
          class="gp-search"
          placeholder={`Search ${plural(files.length, "file")}`}
          aria-label="Search files"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <Tree
          label={`Source of ${run.name}`}
          roots={found?.roots ?? roots}
          open={open}
          version={needle}
          choose={(node) => setPath(node.id)}
          {...(path === null ? {} : { chosen: path })}
          row={(node) => (
            <>
              <span class="gp-file-name">{plain(node.label)}</span>
              {tree.changed[node.id] && (
                <span class={`gp-letter ${tree.changed[node.id]}`} title="differs from the base commit">
                  {tree.changed[node.id]}
                </span>
              )}
            </>
          )}
        />
      </div>
      {path !== null && <FileView run={run} path={path} size={tree.files[path] ?? 0} />}
    </div>
  );
}

function FileView({ run, path, size }: { run: RunRow; path: string; size: number }) {
  const file = useJson<SourceFile>(paths.source(run.name, path), run.oid);
  return (
    <div class="gp-source-file">
      <div class="gp-bar">
        <code>{plain(path)}</code>
        <span class="gp-soft">{bytes(size)}</span>
        <span class="gp-push" />
        <CopyButton text={`git show refs/experiments/${run.name}:code/${path}`} label="Copy git command" />
      </div>
      <Loaded
        of={file}
        missing={
          <>
            {source().page.api ? "This file cannot be shown." : "Not in this report."} Read it with{" "}
            <code>git show refs/experiments/{plain(run.name)}:code/{plain(path)}</code>
          </>
        }
      >
        {(data) => <CodeLines file={data} label={path} />}
      </Loaded>
    </div>
  );
}

/** Tokens by Pygments' short class names; text only, whatever it says. */
export function CodeLines({ file, label }: { file: SourceFile; label: string }) {
  const { lines } = file;
  return (
    <>
      <VirtualRows
        class="gp-lines gp-highlight"
        count={lines.length}
        rowHeight={ROW}
        label={label}
        row={(i) => (
          <div class="gp-line" key={i}>
            <span class="gp-number" aria-hidden="true">
              {i + 1}
            </span>
            <span>
              {lines[i]!.map(([kind, text], k) =>
                kind && /^[a-z0-9]{1,4}$/.test(kind) ? (
                  <span key={k} class={`t-${kind}`}>
                    {plain(text)}
                  </span>
                ) : (
                  plain(text)
                ),
              )}
            </span>
          </div>
        )}
      />
      {file.truncated && <p class="gp-soft gp-tight">The rest of the file is left out here.</p>}
    </>
  );
}

/** The file that is shown at first: one that was changed, a script, or any. */
function first(tree: SourceTree): string | null {
  const files = Object.keys(tree.files).sort();
  const changed = Object.keys(tree.changed).filter((path) => path in tree.files);
  return (
    changed.find((path) => tree.changed[path] === "M") ??
    changed[0] ??
    files.find((path) => /(^|\/)(train|main|run)\.py$/.test(path)) ??
    files.find((path) => path.endsWith(".py")) ??
    files[0] ??
    null
  );
}

/** The folders above a file. */
function above(path: string | null): string[] {
  const parts = (path ?? "").split("/").slice(0, -1);
  return parts.map((_, i) => `${parts.slice(0, i + 1).join("/")}/`);
}
