import { describe, expect, it } from "vitest";
import { configTree, descend, fileTree, prune, visibleRows } from "./tree";

const config = configTree({ lr: 0.1, optimizer: { name: "adam", betas: [0.9, 0.99] }, layers: [{ n: 1 }], empty: {} });

describe("configTree", () => {
  it("folds mappings and lists of mappings, and keeps other lists as values", () => {
    expect(config.map((node) => [node.id, node.children.map((child) => child.id)])).toEqual([
      ["lr", []],
      ["optimizer", ["optimizer.name", "optimizer.betas"]],
      ["layers", ["layers.0"]],
      ["empty", []],
    ]);
    expect(config[2]!.children[0]!.children[0]!.id).toBe("layers.0.n");
  });
});

describe("visibleRows", () => {
  it("shows children of open nodes only, with level and parent", () => {
    const rows = visibleRows(config, new Set(["optimizer"]));
    expect(rows.map(({ node, level, parent }) => [node.id, level, parent])).toEqual([
      ["lr", 0, 0],
      ["optimizer", 0, 1],
      ["optimizer.name", 1, 1],
      ["optimizer.betas", 1, 1],
      ["layers", 0, 4],
      ["empty", 0, 5],
    ]);
  });
});

describe("descend", () => {
  it("names the branches down to a level", () => {
    expect(descend(config, 1)).toEqual(["optimizer", "layers"]);
    expect(descend(config)).toEqual(["optimizer", "layers", "layers.0"]);
  });
});

describe("prune", () => {
  it("keeps matches, what is above and all below them", () => {
    const found = prune(config, (node) => node.label === "name");
    expect(found.roots.map((node) => node.id)).toEqual(["optimizer"]);
    expect(found.roots[0]!.children.map((node) => node.label)).toEqual(["name"]);
    expect(found.open).toEqual(new Set(["optimizer"]));
    const whole = prune(config, (node) => node.label === "optimizer");
    expect(whole.roots[0]!.children).toHaveLength(2);
  });
});

describe("fileTree", () => {
  it("puts folders first, in natural order, and joins folders that hold one folder only", () => {
    const tree = fileTree({ "b.py": 1, "src/pkg/x10.py": 2, "src/pkg/x2.py": 3, "a/f.py": 4 });
    expect(tree.map((node) => node.label)).toEqual(["a", "src/pkg", "b.py"]);
    expect(tree[1]!.id).toBe("src/pkg/");
    expect(tree[1]!.children.map((node) => node.label)).toEqual(["x2.py", "x10.py"]);
    expect(tree[1]!.children[0]!.id).toBe("src/pkg/x2.py");
  });
  it("is not fooled by names of objects' own properties", () => {
    expect(fileTree({ "constructor/__proto__": 1 }).map((node) => node.label)).toEqual(["constructor"]);
  });
});
