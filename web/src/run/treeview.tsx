/** A tree that the keyboard walks: rows that fold, as in a file manager. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Chevron } from "./section";
import { descend, visibleRows, type TreeNode } from "./tree";

interface TreeProps<T> {
  label: string;
  roots: readonly TreeNode<T>[];
  /** Ids that are open at first. */
  open: ReadonlySet<string>;
  /** Changes when the tree is another one, so that `open` holds again. */
  version?: string;
  row: (node: TreeNode<T>, open: boolean) => ComponentChildren;
  /** Enter or click on a leaf. */
  choose?: (node: TreeNode<T>) => void;
  chosen?: string;
}

export function Tree<T>({ label, roots, open, version = "", row, choose, chosen }: TreeProps<T>) {
  const [opened, setOpened] = useState(open);
  const [at, setAt] = useState<string | null>(null);
  const list = useRef<HTMLUListElement>(null);
  const moved = useRef(false);
  useEffect(() => setOpened(open), [version]);
  const rows = visibleRows(roots, opened);
  const current = rows.findIndex((one) => one.node.id === at);
  const focus = current < 0 ? 0 : current;

  useEffect(() => {
    if (!moved.current) return;
    moved.current = false;
    list.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  }, [at]);

  const go = (to: number) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (!next) return;
    moved.current = true;
    setAt(next.node.id);
  };
  const fold = (node: TreeNode<T>, to: boolean) => {
    const next = new Set(opened);
    if (to) next.add(node.id);
    else next.delete(node.id);
    setOpened(next);
  };
  const press = (node: TreeNode<T>) => {
    if (node.children.length) fold(node, !opened.has(node.id));
    else choose?.(node);
  };
  const onKeyDown = (event: JSX.TargetedKeyboardEvent<HTMLUListElement>) => {
    const here = rows[focus];
    if (!here || event.altKey || event.ctrlKey || event.metaKey) return;
    const branch = here.node.children.length > 0;
    const isOpen = opened.has(here.node.id);
    const steps: Record<string, () => void> = {
      ArrowDown: () => go(focus + 1),
      ArrowUp: () => go(focus - 1),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => (branch && !isOpen ? fold(here.node, true) : branch && go(focus + 1)),
      ArrowLeft: () => (branch && isOpen ? fold(here.node, false) : go(here.parent)),
      Enter: () => press(here.node),
      " ": () => press(here.node),
      "*": () => setOpened(new Set([...opened, ...descend(roots)])),
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  };

  return (
    <ul class="gp-tree" role="tree" aria-label={label} ref={list} onKeyDown={onKeyDown}>
      {rows.map(({ node, level }, i) => {
        const branch = node.children.length > 0;
        const isOpen = opened.has(node.id);
        return (
          <li
            key={node.id}
            role="treeitem"
            aria-level={level + 1}
            aria-expanded={branch ? isOpen : undefined}
            aria-selected={node.id === chosen}
            tabIndex={i === focus ? 0 : -1}
            class={node.id === chosen ? "chosen" : undefined}
            data-level={Math.min(level, 12)}
            onFocus={() => setAt(node.id)}
            onClick={() => {
              setAt(node.id);
              press(node);
            }}
          >
            {branch ? <Chevron open={isOpen} /> : <span class="gp-leaf" />}
            {row(node, isOpen)}
          </li>
        );
      })}
    </ul>
  );
}
