/** A run's files: artifacts, data that it read and wrote, and all that git holds of it. */
import { useMemo, useState } from "preact/hooks";
import type { RunDetail, RunRow } from "../data/types";
import { bytes, plural } from "../lib/format";
import { plain } from "./ansi";
import { CopyButton } from "./clipboard";
import { RunLink } from "./facts";
import { fileTree, type TreeNode } from "./tree";
import { Tree } from "./treeview";
import { dataFiles, loggedArtifacts, usedArtifacts, type Artifact, type DataFile } from "./traffic";

const MOST = 500; // rows

export function RunFiles({ run, detail }: { run: RunRow; detail: RunDetail }) {
  return (
    <>
      <Artifacts title="Artifacts that it logged" artifacts={loggedArtifacts(run)} />
      <Artifacts title="Artifacts that it used" artifacts={usedArtifacts(run)} />
      <DataFiles title="Files that it read" files={dataFiles(run, "inputs")} />
      <DataFiles title="Files that it wrote" files={dataFiles(run, "outputs")} />
      <TreeOfFiles run={run} files={detail.files} />
    </>
  );
}

function Artifacts({ title, artifacts }: { title: string; artifacts: readonly Artifact[] }) {
  if (!artifacts.length) return null;
  return (
    <>
      <h3>{title}</h3>
      <div class="gp-box" role="region" aria-label={title} tabIndex={0}>
        <table class="gp-table">
          <thead>
            <tr>
              <th scope="col">Artifact</th>
              <th scope="col">Type</th>
              <th scope="col">Aliases</th>
              <th scope="col" class="num">Files</th>
              <th scope="col" class="num">Size</th>
              <th scope="col">About</th>
            </tr>
          </thead>
          <tbody>
            {artifacts.slice(0, MOST).map((one, i) => (
              <tr key={i}>
                <th scope="row">
                  <code>{plain(one.title)}</code>
                </th>
                <td>{plain(one.type)}</td>
                <td>{one.aliases.map(plain).join(", ")}</td>
                <td class="num">{one.files ?? ""}</td>
                <td class="num">{one.bytes === null ? "" : bytes(one.bytes)}</td>
                <td>
                  {one.from !== null && (
                    <>
                      of <RunLink name={one.from} />{" "}
                    </>
                  )}
                  {plain(one.description)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function DataFiles({ title, files }: { title: string; files: readonly DataFile[] }) {
  if (!files.length) return null;
  return (
    <>
      <h3>{title}</h3>
      <div class="gp-box gp-tall" role="region" aria-label={title} tabIndex={0}>
        <table class="gp-table">
          <tbody>
            {files.slice(0, MOST).map((file) => (
              <tr key={file.path}>
                <th scope="row">
                  <code>{plain(file.path)}</code>
                </th>
                <td class="gp-soft">{file.files !== null && plural(file.files, "file")}</td>
                <td class="num">{file.bytes === null ? "" : bytes(file.bytes)}</td>
                <td class="gp-soft gp-mono" title={file.sha256 ?? undefined}>
                  {file.sha256 && `sha256 ${file.sha256.slice(0, 12)}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function TreeOfFiles({ run, files }: { run: RunRow; files: Record<string, number> }) {
  const [path, setPath] = useState<string | null>(null);
  const roots = useMemo(() => fileTree(files), [files]);
  if (!roots.length) return <p class="gp-empty">Nothing of the run is in git yet.</p>;
  const command = `git show refs/experiments/${run.name}:${path ?? "README.md"}`;
  return (
    <>
      <h3>In git, beside its code</h3>
      <p class="gp-command">
        <code>{plain(command)}</code>
        <CopyButton text={command} />
      </p>
      <Tree
        label={`Files of ${run.name}`}
        roots={roots}
        open={new Set<string>()}
        choose={(node) => setPath(node.id)}
        {...(path === null ? {} : { chosen: path })}
        row={(node) => (
          <>
            <span class="gp-key">{plain(node.label)}</span>
            <span class="gp-value gp-soft">{sizeOf(node)}</span>
          </>
        )}
      />
    </>
  );
}

function sizeOf(node: TreeNode<number | null>): string {
  if (node.value !== null) return bytes(node.value);
  const total = (one: TreeNode<number | null>): [number, number] =>
    one.value === null
      ? one.children.map(total).reduce(([n, size], [m, more]) => [n + m, size + more], [0, 0])
      : [1, one.value];
  const [count, size] = total(node);
  return `${bytes(size)} in ${plural(count, "file")}`;
}
