import { describe, expect, it } from "vitest";
import { parsePatch } from "./patch";
import { changedPart } from "./words";

const PATCH = `diff --git a/code/train.py b/code/train.py
index 1..2 100644
--- a/code/train.py
+++ b/code/train.py
@@ -10,3 +10,4 @@ def main():
 keep
-lr = 0.1
+lr = 0.01
+--- not a header
 end
\\ No newline at end of file
diff --git a/code/old.py b/code/new name.py
similarity index 90%
rename from code/old.py
rename to code/new name.py
diff --git a/img.png b/img.png
new file mode 100644
Binary files /dev/null and b/img.png differ
diff --git a/gone b/gone
deleted file mode 100644
--- a/gone
+++ /dev/null
@@ -1 +0,0 @@
--- a comment of SQL
`;

describe("parsePatch", () => {
  const files = parsePatch(PATCH);
  it("tells what became of each file", () => {
    expect(files.map((f) => [f.path, f.status, f.oldPath, f.binary, f.added, f.removed])).toEqual([
      ["train.py", "M", null, false, 2, 1],
      ["new name.py", "R", "old.py", false, 0, 0],
      ["img.png", "A", null, true, 0, 0],
      ["gone", "D", null, false, 0, 1],
    ]);
  });
  it("numbers the lines of both sides", () => {
    const [hunk] = files[0]!.hunks;
    expect(hunk!.title).toBe("def main():");
    expect(hunk!.lines.map((line) => [line.kind, line.old, line.new, line.text])).toEqual([
      ["same", 10, 10, "keep"],
      ["del", 11, null, "lr = 0.1"],
      ["add", null, 11, "lr = 0.01"],
      ["add", null, 12, "--- not a header"],
      ["same", 12, 13, "end"],
      ["note", null, null, "No newline at end of file"],
    ]);
  });
  it("reads paths with odd characters, and nothing", () => {
    expect(parsePatch('diff --git "a/code/\\303\\274" "b/code/\\303\\274"\n')[0]!.path).toBe("\\303\\274");
    expect(parsePatch("")).toEqual([]);
    expect(parsePatch("words before\n")).toEqual([]);
  });
});

describe("changedPart", () => {
  it("marks the words that changed", () => {
    const found = changedPart("lr = 0.1  # rate", "lr = 0.01  # rate")!;
    expect("lr = 0.1  # rate".slice(...found.old)).toBe("1");
    expect("lr = 0.01  # rate".slice(...found.new)).toBe("01");
  });
  it("marks insertions on one side only", () => {
    const found = changedPart("f(a, b)", "f(a, x, b)")!;
    expect(found.old[0]).toBe(found.old[1]);
    expect("f(a, x, b)".slice(...found.new)).toContain("x");
  });
  it("marks nothing where the lines have nothing in common", () => {
    expect(changedPart("alpha beta", "gamma delta")).toBeNull();
  });
});
