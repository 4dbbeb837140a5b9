/** A git patch → files with hunks and numbered lines. */

import { plain } from "../run/ansi";

export type LineKind = "add" | "del" | "same" | "note";

export interface PatchLine {
  kind: LineKind;
  text: string;
  /** Line numbers in the old and the new file; null where the line is not in it. */
  old: number | null;
  new: number | null;
}

export interface Hunk {
  /** What stands behind the second @@: the function that the hunk is in. */
  title: string;
  lines: PatchLine[];
}

export interface PatchFile {
  path: string;
  oldPath: string | null; // of a renamed file
  status: "A" | "M" | "D" | "R" | "T";
  binary: boolean;
  added: number;
  removed: number;
  notes: string[]; // modes and the like
  hunks: Hunk[];
}

const LONGEST = 2000; // characters shown of a line; minified code has lines of megabytes
const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@ ?(.*)$/;

/** The files of a patch in its order; text before the first file is dropped. */
export function parsePatch(patch: string): PatchFile[] {
  const files: PatchFile[] = [];
  let file: PatchFile | null = null;
  let hunk: Hunk | null = null;
  let old = 0;
  let now = 0;
  const lines = patch.split("\n");
  if (lines[lines.length - 1] === "") lines.pop();
  for (const raw of lines) {
    if (raw.startsWith("diff --git ")) {
      file = begin(raw);
      files.push(file);
      hunk = null;
      continue;
    }
    if (!file) continue;
    const found = raw.startsWith("@@") ? HUNK.exec(raw) : null;
    if (found) {
      old = Number(found[1]);
      now = Number(found[2]);
      hunk = { title: shown(found[3] ?? ""), lines: [] };
      file.hunks.push(hunk);
    } else if (!hunk) {
      header(file, raw);
    } else if (raw.startsWith("+")) {
      file.added += 1;
      hunk.lines.push({ kind: "add", text: shown(raw.slice(1)), old: null, new: now++ });
    } else if (raw.startsWith("-")) {
      file.removed += 1;
      hunk.lines.push({ kind: "del", text: shown(raw.slice(1)), old: old++, new: null });
    } else if (raw.startsWith("\\") || raw === "…") {
      hunk.lines.push({ kind: "note", text: shown(raw.replace(/^\\ /, "")), old: null, new: null });
    } else {
      hunk.lines.push({ kind: "same", text: shown(raw.slice(1)), old: old++, new: now++ });
    }
  }
  return files;
}

function shown(text: string): string {
  return plain(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}

function begin(line: string): PatchFile {
  return {
    path: title(line),
    oldPath: null,
    status: "M",
    binary: false,
    added: 0,
    removed: 0,
    notes: [],
    hunks: [],
  };
}

function header(file: PatchFile, line: string): void {
  if (line.startsWith("new file")) file.status = "A";
  else if (line.startsWith("deleted file")) file.status = "D";
  else if (line.startsWith("rename from ")) {
    file.status = "R";
    file.oldPath = own(line.slice("rename from ".length));
  } else if (line.startsWith("rename to ")) file.path = own(line.slice("rename to ".length));
  else if (line.startsWith("Binary files ") || line.startsWith("GIT binary patch"))
    file.binary = true;
  else if (/^(old|new) mode |^similarity /.test(line)) file.notes.push(plain(line));
}

/** `diff --git a/x b/x` → `x`; the snapshot's own folder code/ is left out. */
function title(line: string): string {
  const at = line.lastIndexOf(" b/");
  if (at >= 0) return own(line.slice(at + 3));
  const quoted = line.lastIndexOf(' "b/'); // a path with odd characters
  return quoted >= 0 ? own(line.slice(quoted + 4).replace(/"$/, "")) : line.slice(11);
}

function own(path: string): string {
  return plain(path.startsWith("code/") ? path.slice(5) : path);
}
