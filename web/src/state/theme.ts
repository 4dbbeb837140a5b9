/** Light or dark: as the system says, or as the reader chose. */
import { computed, effect, signal } from "@preact/signals";

export type Theme = "system" | "light" | "dark";

const KEY = "gitexp-theme";
const media =
  typeof matchMedia === "function" ? matchMedia("(prefers-color-scheme: dark)") : undefined;
const systemDark = signal(media?.matches ?? false);
media?.addEventListener("change", (event) => (systemDark.value = event.matches));

export const theme = signal<Theme>(remembered());

/** Whether the page shows dark now. */
export const dark = computed(() =>
  theme.value === "system" ? systemDark.value : theme.value === "dark",
);

effect(() => {
  if (typeof document === "undefined") return;
  const root = document.documentElement;
  if (theme.value === "system") root.removeAttribute("data-theme");
  else root.setAttribute("data-theme", theme.value);
});

/** Take a theme, and remember it where the browser lets a page remember. */
export function setTheme(to: Theme): void {
  theme.value = to;
  try {
    localStorage.setItem(KEY, to);
  } catch {
    // A page from file:// may be refused: the choice lasts as long as the page.
  }
}

function remembered(): Theme {
  try {
    const found = localStorage.getItem(KEY);
    return found === "light" || found === "dark" ? found : "system";
  } catch {
    return "system";
  }
}
