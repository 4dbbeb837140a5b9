/** The app's few icons, drawn with the colour of the text around them. */

const PATHS = {
  search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9M10.4 10.4 14 14",
  filter: "M2 3.5h12L9.5 8.8v4.4l-3-1.6V8.8z",
  columns: "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
  group: "M2.5 4h3M2.5 8h3M2.5 12h3M8 4h5.5M8 8h5.5M8 12h5.5",
  expand: "M9.5 2.5h4v4M13 3 9.2 6.8M6.5 13.5h-4v-4M3 13l3.8-3.8",
  close: "M3.5 3.5l9 9M12.5 3.5l-9 9",
  download: "M8 2v8M4.8 7 8 10.2 11.2 7M2.5 13.5h11",
  pin: "M9.5 2.2 13.8 6.5M10.2 2.9 6.4 6.2l-3.2.5 6.1 6.1.5-3.2 3.3-3.8M6 10l-3.6 3.6",
  sun: "M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6M8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8 13 13M13 3l-1.2 1.2M4.2 11.8 3 13",
  moon: "M13.2 9.8A5.8 5.8 0 0 1 6.2 2.8 5.8 5.8 0 1 0 13.2 9.8",
  system: "M2 3h12v8H2zM6 13.5h4",
  check: "M3 8.5 6.5 12 13 4.5",
  down: "M4 6l4 4 4-4",
  back: "M2.8 8a5.2 5.2 0 1 0 1.7-3.9M2.5 2.5v3h3",
  keys: "M1.8 4h12.4v8H1.8zM4.3 6.6h.1M6.8 6.6h.1M9.3 6.6h.1M11.7 6.6h.1M5.3 9.4h5.4",
  log: "M2.5 13.5v-11M2.5 13.5h11M4.5 12c1-6 3.5-8 8.5-8.5",
  sliders: "M2.5 5h6M11.5 5h2M10 3.2v3.6M2.5 11h2M7.5 11h6M6 9.2v3.6",
  eye: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8M8 6.2a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="gx-icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.4"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
