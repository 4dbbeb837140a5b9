/** A colour and a dash for each run: the same on every chart, and for as long as the run exists. */
import { computed, signal } from "@preact/signals";
import { dark } from "./theme";
import { runs } from "./runs";

// The palette of gitexp/render/palette.py: eight hues that stay apart for every colour vision.
export const LIGHT = [
  "#3452c4", "#bb4a00", "#228a7c", "#7b1468", "#3a99cc", "#b88d1a", "#8a62ee", "#6b5350",
] as const; // prettier-ignore
export const DARK = [
  "#6aa8ff", "#f2702c", "#7fe0a0", "#c06fa0", "#c6dcff", "#f0b51e", "#9470ee", "#a8b0b0",
] as const; // prettier-ignore
/** Lengths of dash and gap, pixels; curves beyond the eighth take the colours again, dashed. */
export const DASHES: readonly (readonly number[])[] = [[], [5, 3], [2, 2.5], [8, 3, 2, 3]];

/** Colours that the reader chose: run → place in the palette. */
export const chosen = signal<Readonly<Record<string, number>>>({});

/** Place of each run: by age, so that a new run never changes an older one's colour. */
const places = computed(() => {
  const found = new Map<string, number>();
  const all = runs.value;
  for (let i = all.length - 1; i >= 0; i--) found.set(all[i]!.name, all.length - 1 - i);
  return found;
});

/** A run's place in the palette, beyond its length where the dash changes. */
export function placeOf(run: string): number {
  return chosen.value[run] ?? places.value.get(run) ?? 0;
}

/** The colour at a place of the palette, for the theme that shows. */
export function colourAt(place: number): string {
  const palette = dark.value ? DARK : LIGHT;
  return palette[place % palette.length]!;
}

/** A run's colour, `#rrggbb`. */
export function colour(run: string): string {
  return colourAt(placeOf(run));
}

/** A run's dash: lengths of line and gap, none for a solid line. */
export function dash(run: string): readonly number[] {
  return dashAt(placeOf(run));
}

/** Which of the dashes it is at a place of the palette; 0: none. */
export function roundAt(place: number): number {
  return Math.floor(place / LIGHT.length) % DASHES.length;
}

/** The dash at a place of the palette. */
export function dashAt(place: number): readonly number[] {
  return DASHES[roundAt(place)]!;
}

/** Give a run the next colour of the palette. */
export function nextColour(run: string): void {
  chosen.value = { ...chosen.value, [run]: (placeOf(run) + 1) % LIGHT.length };
}
