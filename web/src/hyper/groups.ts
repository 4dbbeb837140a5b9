/** Runs in groups by a column, with what a metric came to in each. Pure. */
import type { Dimension } from "./dimensions";
import { spread, type Spread } from "./statistics";

export interface GroupOf {
  name: string;
  spread: Spread;
}

/** The groups in the order of their values; runs without a finite metric are left out. */
export function groupsBy(by: Dimension, metric: Dimension): GroupOf[] {
  const found = new Map<string, { place: number; values: number[] }>();
  by.texts.forEach((text, i) => {
    const value = metric.numbers[i]!;
    if (text === "" || !Number.isFinite(value)) return;
    const group = found.get(text) ?? { place: by.numbers[i]!, values: [] };
    found.set(text, group);
    group.values.push(value);
  });
  return [...found]
    .sort(([, a], [, b]) => a.place - b.place)
    .map(([name, { values }]) => ({ name, spread: spread(values) }));
}
