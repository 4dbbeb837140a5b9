/** model.json as a tree of rows. Pure. */
import type { ModelNode } from "../data/types";
import type { TreeNode } from "./tree";

export interface ModuleRow {
  kind: string; // the class of a module, the type of a parameter
  leaf: boolean; // a parameter
  inputs: string;
  outputs: string;
  parameters: number | null;
  macs: number | null;
}

/** A module with its own parameters, then its modules; several calls stand beside the class. */
export function moduleTree(node: ModelNode, path = ""): TreeNode<ModuleRow> {
  const label = node.name ?? node.class;
  const id = path || label;
  const own = Object.entries(node.own ?? {}).map(([name, tensor]) => ({
    id: `${id}.${name}`,
    label: name,
    value: {
      kind: tensor.dtype + (tensor.shared_with ? `, shared with ${String(tensor.shared_with)}` : ""),
      leaf: true,
      inputs: "",
      outputs: shapeWords(tensor.shape),
      parameters: tensor.shared_with ? null : tensor.shape.reduce((n, size) => n * size, 1),
      macs: null,
    },
    children: [],
  }));
  const modules = (node.children ?? []).map((child) =>
    moduleTree(child, `${id}.${child.name ?? child.class}`),
  );
  return {
    id,
    label,
    value: {
      kind: node.class + (node.calls && node.calls !== 1 ? ` ×${node.calls}` : ""),
      leaf: false,
      inputs: shapesWords(node.inputs),
      outputs: shapesWords(node.outputs),
      parameters: node.parameters ?? null,
      macs: node.macs ?? null,
    },
    children: [...own, ...modules],
  };
}

/** `[32, 3]` → `32 × 3`. */
export function shapeWords(shape: unknown): string {
  if (!Array.isArray(shape)) return "";
  return shape.length ? shape.join(" × ") : "scalar";
}

function shapesWords(shapes: unknown): string {
  return Array.isArray(shapes) ? shapes.map(shapeWords).filter(Boolean).join(", ") : "";
}
