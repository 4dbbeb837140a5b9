/** Trees of config values, files and modules as rows of a list. Pure. */
import { isMapping } from "../lib/tree";
import { natural } from "./natural";

export interface TreeNode<T> {
  id: string; // unique in its tree
  label: string;
  value: T;
  children: TreeNode<T>[];
}

export interface TreeRow<T> {
  node: TreeNode<T>;
  level: number; // from 0
  parent: number; // row of its parent; its own for a root
}

/** The rows that show when some nodes are open. */
export function visibleRows<T>(
  roots: readonly TreeNode<T>[],
  open: ReadonlySet<string>,
): TreeRow<T>[] {
  const rows: TreeRow<T>[] = [];
  const add = (nodes: readonly TreeNode<T>[], level: number, parent: number) => {
    for (const node of nodes) {
      const here = rows.length;
      rows.push({ node, level, parent: parent < 0 ? here : parent });
      if (open.has(node.id)) add(node.children, level + 1, here);
    }
  };
  add(roots, 0, -1);
  return rows;
}

/** Ids of the branches down to a level, counted from 1; all of them by default. */
export function descend<T>(roots: readonly TreeNode<T>[], levels = Infinity): string[] {
  if (levels < 1) return [];
  return roots.flatMap((node) =>
    node.children.length ? [node.id, ...descend(node.children, levels - 1)] : [],
  );
}

/** The nodes that match or lie above a match or below one; ids of what must be open to see them. */
export function prune<T>(
  roots: readonly TreeNode<T>[],
  matches: (node: TreeNode<T>) => boolean,
): { roots: TreeNode<T>[]; open: Set<string> } {
  const open = new Set<string>();
  const keep = (node: TreeNode<T>): TreeNode<T> | null => {
    if (matches(node)) return node;
    const children = node.children.map(keep).filter((child) => child !== null);
    if (!children.length) return null;
    open.add(node.id);
    return { ...node, children };
  };
  return { roots: roots.map(keep).filter((node) => node !== null), open };
}

/** A nested config as a tree; lists of mappings fold, other lists are values. */
export function configTree(config: Record<string, unknown>, prefix = ""): TreeNode<unknown>[] {
  return Object.entries(config).map(([key, value]) => ({
    id: prefix + key,
    label: key,
    value,
    children: below(value, `${prefix}${key}.`),
  }));
}

function below(value: unknown, prefix: string): TreeNode<unknown>[] {
  if (isMapping(value)) return configTree(value, prefix);
  if (Array.isArray(value) && value.some(isMapping))
    return configTree(Object.fromEntries(value.map((item, i) => [String(i), item])), prefix);
  return [];
}

/** Paths as folders and files, folders first; a folder that holds one folder only is joined. */
export function fileTree<T>(files: Readonly<Record<string, T>>): TreeNode<T | null>[] {
  interface Folder {
    folders: Map<string, Folder>;
    files: [string, string, T][];
  }
  const top: Folder = { folders: new Map(), files: [] };
  for (const [path, value] of Object.entries(files)) {
    const parts = path.split("/");
    const name = parts.pop() ?? path;
    let here = top;
    for (const part of parts) {
      let next = here.folders.get(part);
      if (!next) here.folders.set(part, (next = { folders: new Map(), files: [] }));
      here = next;
    }
    here.files.push([name, path, value]);
  }
  const nodes = (folder: Folder, prefix: string): TreeNode<T | null>[] => [
    ...[...folder.folders].sort(byName).map(([name, inner]) => {
      let label = name;
      let at = inner;
      while (at.files.length === 0 && at.folders.size === 1) {
        const [below] = at.folders;
        label += `/${below![0]}`;
        at = below![1];
      }
      const id = `${prefix}${label}/`;
      return { id, label, value: null, children: nodes(at, id) };
    }),
    ...folder.files.sort(byName).map(([label, id, value]) => ({ id, label, value, children: [] })),
  ];
  return nodes(top, "");
}

function byName(a: readonly [string, ...unknown[]], b: readonly [string, ...unknown[]]): number {
  return natural(a[0], b[0]);
}
