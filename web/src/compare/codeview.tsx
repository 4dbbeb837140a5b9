/** The code of runs against the baseline's: one patch at a time. */
import { useState } from "preact/hooks";
import type { RunDiff } from "../data/types";
import { plural } from "../lib/format";
import { plain } from "../run/ansi";
import { Counts, PatchView } from "./patchview";

export function CodeDifferences({ names, code }: { names: readonly string[]; code: RunDiff["code"] }) {
  const differing = code.filter((one) => one.files.length > 0);
  const [which, setWhich] = useState(differing[0]?.which ?? 1);
  const shown = differing.find((one) => one.which === which);
  if (!differing.length) return <p class="gp-empty">All of them ran the same code.</p>;
  const name = plain(names[which] ?? "");
  return (
    <>
      {names.length > 2 && (
        <div class="gp-tabs" role="group" aria-label="Run that is compared with the baseline">
          {differing.map((one) => (
            <button type="button" key={one.which} aria-pressed={one.which === which} onClick={() => setWhich(one.which)}>
              {plain(names[one.which] ?? "")} ({plural(one.files.length, "file")})
            </button>
          ))}
        </div>
      )}
      {shown?.patch ? (
        <PatchView patch={shown.patch} label={name} />
      ) : (
        shown && <FileList files={shown.files} label={name} />
      )}
    </>
  );
}

function FileList({ files, label }: { files: RunDiff["code"][number]["files"]; label: string }) {
  return (
    <ul class="gp-files" aria-label={`Files of ${label} that differ`}>
      {files.map((file) => (
        <li key={file.path}>
          <span>
            <span class={`gp-letter ${file.status}`}>{file.status}</span> <code>{plain(file.path)}</code>
          </span>
          <Counts added={file.added} removed={file.removed} />
        </li>
      ))}
    </ul>
  );
}
