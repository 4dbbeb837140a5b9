import { expect, it } from "vitest";
import { run } from "../data/__tests__/fixture";
import { stateOf } from "./ask";

it("changes when a run ends, comes or goes, and not while one runs", () => {
  const going = run("a", { status: "running", finished_at: null });
  const ended = run("a", { status: "finished", finished_at: "2026-01-01T00:00:00Z" });
  const other = run("b", { status: "finished", finished_at: "2026-01-02T00:00:00Z" });
  const states = [[going], [ended], [ended, other], [other]].map(stateOf);
  expect(new Set(states).size).toBe(states.length);
  expect(stateOf([{ ...going, duration_s: 5 }])).toBe(stateOf([going]));
});
