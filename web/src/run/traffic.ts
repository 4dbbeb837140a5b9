/** What a run read and wrote beside its metrics: artifacts, data files, kept files. Pure. */
import type { RunRow } from "../data/types";
import { isMapping } from "../lib/tree";

export interface Artifact {
  title: string; // "model:v3"
  type: string;
  bytes: number | null;
  files: number | null;
  aliases: string[];
  description: string;
  /** The run that logged it, of one that was used. */
  from: string | null;
}

export interface DataFile {
  path: string;
  bytes: number | null;
  files: number | null; // of a folder
  sha256: string | null;
}

/** Artifacts that the run logged. */
export function loggedArtifacts(run: RunRow): Artifact[] {
  return mappings((run as unknown as Record<string, unknown>).artifacts).map(artifact);
}

/** Artifacts that it used. */
export function usedArtifacts(run: RunRow): Artifact[] {
  return mappings((run.lineage as Record<string, unknown>).used).map(artifact);
}

/** Data files that it read or wrote, as the capture saw them. */
export function dataFiles(run: RunRow, which: "inputs" | "outputs"): DataFile[] {
  return mappings(run.capture[which]).map((file) => ({
    path: text(file.path),
    bytes: count(file.bytes),
    files: count(file.files),
    sha256: typeof file.sha256 === "string" ? file.sha256 : null,
  }));
}

/** When the run had ended and went on. */
export function resumptions(run: RunRow): { at: string; status: string; step: number | null }[] {
  return mappings((run.lineage as Record<string, unknown>).resumptions).map((one) => ({
    at: text(one.at),
    status: text(one.status),
    step: count(one.step),
  }));
}

function artifact(data: Record<string, unknown>): Artifact {
  return {
    title: `${text(data.name)}:v${text(data.version)}`,
    type: text(data.type),
    bytes: count(data.bytes),
    files: count(data.files),
    aliases: isMapping(data.aliases) ? Object.keys(data.aliases) : [],
    description: text(data.description),
    from: typeof data.run === "string" ? data.run : null,
  };
}

function mappings(found: unknown): Record<string, unknown>[] {
  return Array.isArray(found) ? found.filter(isMapping) : [];
}

function text(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function count(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
