import { expect, it } from "vitest";
import type { RunRow } from "../data/types";
import { dataFiles, loggedArtifacts, resumptions, usedArtifacts } from "./traffic";

const run = {
  artifacts: [{ name: "model", version: 3, type: "model", bytes: 10, files: 2, aliases: { latest: "t" } }, "odd"],
  lineage: {
    used: [{ name: "data", version: 0, type: "dataset", run: "first" }],
    resumptions: [{ at: "2026-01-01T00:00:00Z", status: "killed", step: 7 }, { at: 3 }],
  },
  capture: { inputs: [{ path: "/data/x.npy", bytes: 5, sha256: "ab" }, { path: "d/", files: 40, sha256: null }], outputs: true },
} as unknown as RunRow;

it("reads artifacts that were logged and used", () => {
  expect(loggedArtifacts(run)).toEqual([
    { title: "model:v3", type: "model", bytes: 10, files: 2, aliases: ["latest"], description: "", from: null },
  ]);
  expect(usedArtifacts(run)).toMatchObject([{ title: "data:v0", type: "dataset", bytes: null, from: "first" }]);
});

it("reads data files, and nothing where the capture says nothing", () => {
  expect(dataFiles(run, "inputs")).toEqual([
    { path: "/data/x.npy", bytes: 5, files: null, sha256: "ab" },
    { path: "d/", bytes: null, files: 40, sha256: null },
  ]);
  expect(dataFiles(run, "outputs")).toEqual([]);
  expect(loggedArtifacts({ lineage: {}, capture: {} } as unknown as RunRow)).toEqual([]);
});

it("reads when a run went on", () => {
  expect(resumptions(run)).toEqual([
    { at: "2026-01-01T00:00:00Z", status: "killed", step: 7 },
    { at: "3", status: "", step: null },
  ]);
});
