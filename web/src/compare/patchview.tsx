/** A patch: the list of its files, and each file's hunks with the words that changed marked. */
import { useMemo, useState } from "preact/hooks";
import { plural } from "../lib/format";
import { CopyButton } from "../run/clipboard";
import { Chevron } from "../run/section";
import { changedPart } from "./words";
import { parsePatch, type Hunk, type PatchFile, type PatchLine } from "./patch";

const LONG = 400; // lines, from which on a file is closed at first
const KINDS = { A: "added", M: "modified", D: "deleted", R: "renamed", T: "type changed" } as const;

export function PatchView({ patch, label }: { patch: string; label: string }) {
  const files = useMemo(() => parsePatch(patch), [patch]);
  const [toggled, setToggled] = useState<ReadonlySet<number>>(new Set());
  if (!files.length) return <p class="gp-empty">No difference in the code.</p>;
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const removed = files.reduce((sum, file) => sum + file.removed, 0);
  const toggle = (i: number) => {
    const next = new Set(toggled);
    if (!next.delete(i)) next.add(i);
    setToggled(next);
  };
  return (
    <div class="gp-patch">
      <div class="gp-bar">
        <span>
          {plural(files.length, "file")} changed, <Counts added={added} removed={removed} />
        </span>
        <span class="gp-push" />
        <CopyButton text={patch} label="Copy patch" />
      </div>
      {files.length > 1 && (
        <ul class="gp-files" aria-label={`Files of ${label}`}>
          {files.map((file, i) => (
            <li key={i}>
              <button
                type="button"
                class="gp-file-link"
                onClick={(event) => {
                  if (isLong(file) !== toggled.has(i)) toggle(i);
                  const box = event.currentTarget.closest(".gp-patch");
                  const target = box?.querySelectorAll<HTMLElement>(".gp-patch-file > h3 > button")[i];
                  target?.focus();
                  target?.scrollIntoView({ block: "start" });
                }}
              >
                <span class={`gp-letter ${file.status}`} title={KINDS[file.status]}>
                  {file.status}
                </span>
                {file.oldPath && <span class="gp-soft">{file.oldPath} → </span>}
                {file.path}
              </button>
              <Counts added={file.added} removed={file.removed} />
            </li>
          ))}
        </ul>
      )}
      {files.map((file, i) => (
        <FileView key={i} file={file} open={isLong(file) === toggled.has(i)} toggle={() => toggle(i)} />
      ))}
    </div>
  );
}

function isLong(file: PatchFile): boolean {
  return file.hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0) > LONG;
}

export function Counts({ added, removed }: { added: number | null; removed: number | null }) {
  if (added === null) return <span class="gp-soft">binary</span>;
  return (
    <span class="gp-counts">
      <span class="gp-good">+{added}</span> <span class="gp-bad">−{removed ?? 0}</span>
    </span>
  );
}

function FileView({ file, open, toggle }: { file: PatchFile; open: boolean; toggle: () => void }) {
  return (
    <section class="gp-patch-file" aria-label={`Changes of ${file.path}`}>
      <h3>
        <button type="button" class="gp-toggle" aria-expanded={open} onClick={toggle}>
          <Chevron open={open} />
          <span>
            {file.oldPath && `${file.oldPath} → `}
            {file.path}
          </span>
        </button>
        <span class="gp-soft">{KINDS[file.status]}</span>
        <Counts added={file.binary ? null : file.added} removed={file.removed} />
      </h3>
      {open && (
        <div class="gp-hunks" tabIndex={0} role="region" aria-label={`Changed lines of ${file.path}`}>
          {file.notes.map((note) => (
            <p class="gp-soft gp-tight" key={note}>
              {note}
            </p>
          ))}
          {file.binary && <p class="gp-empty">A binary file.</p>}
          <table>
            {file.hunks.map((hunk, i) => (
              <HunkView key={i} hunk={hunk} />
            ))}
          </table>
        </div>
      )}
    </section>
  );
}

function HunkView({ hunk }: { hunk: Hunk }) {
  const marks = useMemo(() => marksOf(hunk.lines), [hunk]);
  const first = hunk.lines.find((line) => line.new !== null || line.old !== null);
  return (
    <tbody>
      <tr class="hunk">
        <td colSpan={2} />
        <td>
          @@ line {first?.new ?? first?.old ?? 0} {hunk.title}
        </td>
      </tr>
      {hunk.lines.map((line, i) => (
        <tr key={i} class={line.kind}>
          <td class="gp-number">{line.old ?? ""}</td>
          <td class="gp-number">{line.new ?? ""}</td>
          <td class="gp-code">
            <span class="gp-mark">{SIGNS[line.kind]}</span>
            <Marked text={line.text} part={marks.get(i)} />
          </td>
        </tr>
      ))}
    </tbody>
  );
}

const SIGNS = { add: "+", del: "−", same: " ", note: " " } as const;

function Marked({ text, part }: { text: string; part: [number, number] | undefined }) {
  if (!part) return <>{text}</>;
  return (
    <>
      {text.slice(0, part[0])}
      <b>{text.slice(...part)}</b>
      {text.slice(part[1])}
    </>
  );
}

/** For deleted lines that added lines replace one for one: which part of each changed. */
function marksOf(lines: readonly PatchLine[]): Map<number, [number, number]> {
  const marks = new Map<number, [number, number]>();
  for (let i = 0; i < lines.length; ) {
    let deleted = i;
    while (lines[deleted]?.kind === "del") deleted += 1;
    let added = deleted;
    while (lines[added]?.kind === "add") added += 1;
    const n = deleted - i;
    if (n > 0 && added - deleted === n)
      for (let k = 0; k < n; k += 1) {
        const part = changedPart(lines[i + k]!.text, lines[deleted + k]!.text);
        if (!part) continue;
        marks.set(i + k, part.old);
        marks.set(deleted + k, part.new);
      }
    i = Math.max(added, i + 1);
  }
  return marks;
}
