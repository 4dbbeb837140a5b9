/** A run's code: what differs from its base commit or from another run, and the source tree. */
import { useState } from "preact/hooks";
import { paths } from "../data/paths";
import type { CodeDiff, RunRow } from "../data/types";
import { bytes } from "../lib/format";
import { runs } from "../state/runs";
import { useCompared } from "../compare/compared";
import { PatchView } from "../compare/patchview";
import { plain } from "./ansi";
import { useJson } from "./resource";
import { Loaded } from "./section";

export function CodeChanges({ run }: { run: RunRow }) {
  const [against, setAgainst] = useState("");
  const others = runs.value.filter((other) => other.name !== run.name);
  return (
    <>
      <div class="gp-bar">
        <label class="gp-check">
          Against
          <select value={against} onChange={(event) => setAgainst(event.currentTarget.value)}>
            <option value="">
              the base commit{run.git.base_commit ? ` ${run.git.base_commit.slice(0, 10)}` : ""}
            </option>
            {others.map((other) => (
              <option key={other.name} value={other.name}>
                {plain(other.name)}
              </option>
            ))}
          </select>
        </label>
      </div>
      {against ? <AgainstRun run={run} other={against} /> : <AgainstBase run={run} />}
      {run.git.skipped.length > 0 && (
        <p class="gp-soft">
          Left out of the snapshot:{" "}
          {run.git.skipped
            .slice(0, 50)
            .map((file) => `${plain(file.path)} (${bytes(file.bytes)}, ${plain(file.reason)})`)
            .join(", ")}
        </p>
      )}
    </>
  );
}

function AgainstBase({ run }: { run: RunRow }) {
  const clean = !run.git.dirty && run.git.base_commit !== null;
  const diff = useJson<CodeDiff>(clean ? null : paths.diff(run.name), run.oid);
  if (clean) return <p class="gp-empty">The code is that of the base commit, unchanged.</p>;
  if (run.git.base_commit === null)
    return <p class="gp-empty">The repository had no commit to compare with.</p>;
  return <Loaded of={diff}>{(data) => <PatchView patch={data.patch} label={run.name} />}</Loaded>;
}

function AgainstRun({ run, other }: { run: RunRow; other: string }) {
  const compared = useCompared([other, run.name]);
  const command = `gitexp diff ${other} ${run.name} --code`;
  return (
    <Loaded
      of={compared}
      missing={
        <>
          Not in this report: <code>{plain(command)}</code> shows it.
        </>
      }
    >
      {(diff) => {
        const code = diff.code[0];
        if (!code || code.files.length === 0)
          return <p class="gp-empty">Both runs had the same code.</p>;
        return <PatchView patch={code.patch ?? ""} label={`${other} and ${run.name}`} />;
      }}
    </Loaded>
  );
}
