/** Tags, notes and hiding, where the dashboard was started with --edit. */
import { useState } from "preact/hooks";
import { source } from "../data/context";
import { paths } from "../data/paths";
import type { RunRow } from "../data/types";
import { updateRuns } from "../state/runs";
import { plain } from "./ansi";
import { Notes } from "./facts";

/** Whether this page may change runs. */
export function mayEdit(): boolean {
  return source().post !== undefined;
}

/** Send a change; what it makes of the run shows at once, the server's news confirm it. */
async function change(run: RunRow, what: "tags" | "notes" | "hidden", body: object, made: Partial<RunRow>) {
  await source().post?.(paths.edit(run.name, what), body);
  updateRuns([{ ...run, ...made }], []);
}

export function Tags({ run }: { run: RunRow }) {
  const [tag, setTag] = useState("");
  const [failed, setFailed] = useState("");
  const edit = (add: string[], remove: string[]) => {
    const tags = [...run.tags.filter((one) => !remove.includes(one)), ...add.filter((one) => !run.tags.includes(one))];
    change(run, "tags", { add, remove }, { tags }).then(
      () => (setTag(""), setFailed("")),
      (error: unknown) => setFailed(String(error instanceof Error ? error.message : error)),
    );
  };
  return (
    <span class="gp-tags">
      {run.tags.map((one) => (
        <span class="gp-tag" key={one}>
          {plain(one)}
          {mayEdit() && (
            <button type="button" aria-label={`Remove tag ${one}`} onClick={() => edit([], [one])}>
              ×
            </button>
          )}
        </span>
      ))}
      {mayEdit() && (
        <form
          class="gp-tag-form"
          onSubmit={(event) => {
            event.preventDefault();
            if (tag.trim()) edit([tag.trim()], []);
          }}
        >
          <input
            aria-label="New tag"
            placeholder="+ tag"
            value={tag}
            onInput={(event) => setTag(event.currentTarget.value)}
          />
        </form>
      )}
      {failed && (
        <span class="gp-failed" role="alert">
          {failed}
        </span>
      )}
    </span>
  );
}

export function NotesEditor({ run }: { run: RunRow }) {
  const [text, setText] = useState<string | null>(null);
  const [failed, setFailed] = useState("");
  if (!mayEdit()) return <Notes text={run.notes} />;
  if (text === null)
    return (
      <>
        <Notes text={run.notes} />
        <button type="button" class="gp-button small" onClick={() => setText(run.notes)}>
          {run.notes ? "Edit note" : "Add a note"}
        </button>
      </>
    );
  return (
    <form
      class="gp-note-form"
      onSubmit={(event) => {
        event.preventDefault();
        change(run, "notes", { text }, { notes: text }).then(
          () => (setText(null), setFailed("")),
          (error: unknown) => setFailed(String(error instanceof Error ? error.message : error)),
        );
      }}
    >
      <textarea
        aria-label="Note"
        rows={Math.max(3, text.split("\n").length)}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <button type="submit" class="gp-button">
        Save
      </button>{" "}
      <button type="button" class="gp-button" onClick={() => setText(null)}>
        Cancel
      </button>
      {failed && (
        <span class="gp-failed" role="alert">
          {failed}
        </span>
      )}
    </form>
  );
}

export function HideButton({ run }: { run: RunRow }) {
  if (!mayEdit()) return null;
  const hidden = !run.hidden;
  return (
    <button
      type="button"
      class="gp-button"
      onClick={() => void change(run, "hidden", { hidden }, { hidden }).catch(() => undefined)}
    >
      {run.hidden ? "Show again" : "Hide run"}
    </button>
  );
}
