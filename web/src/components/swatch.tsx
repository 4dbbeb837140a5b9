/** A stroke in a curve's colour and dash: the key to a chart. */

interface SwatchProps {
  colour: string;
  dash: readonly number[];
}

export function Swatch({ colour, dash }: SwatchProps) {
  return (
    <svg class="gx-swatch" viewBox="0 0 16 8" width="16" height="8" aria-hidden="true">
      <path
        d="M0 4h16"
        stroke={colour}
        stroke-width="2.5"
        stroke-dasharray={dash.length > 0 ? dash.map((n) => n * 0.8).join(" ") : undefined}
      />
    </svg>
  );
}
