/** Which runs the table lists and which of them are drawn. */
import { computed } from "@preact/signals";
import { runs } from "./runs";
import { off, selection } from "./view";

/** Runs that pass the search and the filter, in the table's order. */
export const listed = computed(() => runs.value.filter((run) => !run.hidden));

/** Of these, the ones whose curves are shown: switched on, and in the brushed selection. */
export const visible = computed(() => {
  const picked = selection.value;
  const hidden = off.value;
  return listed.value.filter(
    (run) => !hidden.has(run.name) && (picked === null || picked.has(run.name)),
  );
});
