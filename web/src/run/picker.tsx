/** Choosing another run. */
import type { RunRow } from "../data/types";
import { plain } from "./ansi";

interface PickerProps {
  label: string;
  runs: readonly RunRow[];
  choose: (name: string) => void;
}

export function RunPicker({ label, runs: offered, choose }: PickerProps) {
  return (
    <select
      class="gp-picker"
      aria-label={label}
      value=""
      onChange={(event) => {
        const name = event.currentTarget.value;
        event.currentTarget.value = "";
        if (name) choose(name);
      }}
    >
      <option value="">{label}</option>
      {offered.slice(0, 500).map(({ name }) => (
        <option key={name} value={name}>
          {plain(name)}
        </option>
      ))}
    </select>
  );
}
