/** What the server tells, put into the state: runs that change, curves that grow. */
import { signal } from "@preact/signals";
import { source } from "../data/context";
import { loadRuns, runByName, updateRuns } from "./runs";
import { dropSeries, refetchSeries, retrySeries, takePoints } from "./series";

/** Whether the dashboard hears its server; null: this page is a report. */
export const connection = signal<"connecting" | "open" | "lost" | null>(null);

/** Follow the server, if there is one; returns the way to stop. */
export function followServer(): () => void {
  const data = source();
  if (data.subscribe === undefined) return () => undefined;
  connection.value = "connecting";
  return data.subscribe((event) => {
    switch (event.type) {
      case "connection":
        connection.value = event.state;
        if (event.state === "open") retrySeries();
        break;
      case "reset":
        void loadRuns().then(refetchSeries);
        break;
      case "runs": {
        // A run of the same name that is another one begins its curves anew.
        const known = runByName.peek();
        const others = event.changed.filter(
          (run) => known.has(run.name) && known.get(run.name)!.id !== run.id,
        );
        dropSeries([...event.removed, ...others.map((run) => run.name)]);
        updateRuns(event.changed, event.removed);
        break;
      }
      case "series":
        takePoints(event);
        break;
    }
  });
}
