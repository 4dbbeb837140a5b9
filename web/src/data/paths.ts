/** Names of the resources: the same in a report's chunks and at the dashboard's server. */

const part = encodeURIComponent;

export const paths = {
  runs: "runs",
  series: (metric: string) => `series/${part(metric)}`,
  hardware: (run: string) => `hardware/${part(run)}`,
  run: (run: string) => `run/${part(run)}`,
  output: (run: string) => `output/${part(run)}`,
  histograms: (run: string) => `histograms/${part(run)}`,
  media: (run: string) => `media/${part(run)}`,
  file: (run: string, path: string) => `file/${part(run)}/${part(path)}`,
  source: (run: string, path?: string) =>
    path === undefined ? `source/${part(run)}` : `source/${part(run)}/${part(path)}`,
  diff: (run: string) => `diff/${part(run)}`,
  compare: (a: string, b: string) => `compare/${part(a)}/${part(b)}`,
  edit: (run: string, what: "tags" | "notes" | "hidden") => `run/${part(run)}/${what}`,
};

/** One spelling for all that mean the same path: names may be escaped wholly or only their "/". */
export function samePath(path: string): string {
  return path
    .split("/")
    .map((piece) => {
      try {
        return decodeURIComponent(piece);
      } catch {
        return piece;
      }
    })
    .join("\u0000");
}
