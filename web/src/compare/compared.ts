/** What sets runs apart, as `gitexp diff` says it: from the server, the report, or the runs' facts. */
import { source } from "../data/context";
import { paths } from "../data/paths";
import type { RunDetail, RunDiff, RunRow } from "../data/types";
import { runByName } from "../state/runs";
import { fetchJson, useAsked, type Resource } from "../run/resource";
import { localDiff, mergeDiffs, readDiff } from "./difference";

/** The diff of runs as the source has it; missing where a report does not hold the pair. */
export function useCompared(names: readonly string[]): Resource<RunDiff> {
  return useAsked(key(names), versions(names), () => ask(names));
}

/** The same; where a report does not hold it, what the runs' facts tell, without the patch. */
export function useDifference(names: readonly string[]): Resource<RunDiff & { partial: boolean }> {
  return useAsked(`any ${key(names)}`, versions(names), async () => {
    try {
      return { ...(await ask(names)), partial: false };
    } catch (error) {
      const rows = names.map((name) => runByName.value.get(name));
      if (source().page.api !== undefined || rows.includes(undefined)) throw error;
      const details = await Promise.all(names.map(detailOf));
      return { ...localDiff(rows as RunRow[], details), partial: true };
    }
  });
}

async function ask(names: readonly string[]): Promise<RunDiff> {
  const version = versions(names);
  if (source().page.api !== undefined)
    return readDiff(await fetchJson("compare", { run: names }, version));
  const [base = "", ...others] = names;
  const pairs = await Promise.all(
    others.map(async (other) => readDiff(await fetchJson(paths.compare(base, other), {}, version))),
  );
  return mergeDiffs(pairs);
}

async function detailOf(name: string): Promise<RunDetail | null> {
  try {
    return await fetchJson<RunDetail>(paths.run(name));
  } catch {
    return null;
  }
}

function key(names: readonly string[]): string {
  return JSON.stringify(names);
}

function versions(names: readonly string[]): string {
  return names.map((name) => runByName.value.get(name)?.oid ?? "").join(" ");
}
