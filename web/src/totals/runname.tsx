/** A run in a table: its colour, and its name as a link to its page. */
import { plain } from "../run/ansi";
import { colour } from "../state/colours";
import { links } from "../state/route";
import { hovered } from "../state/view";

export function RunName({ name }: { name: string }) {
  return (
    <a
      class="gp-named-run"
      href={links.run(name)}
      onPointerEnter={() => (hovered.value = name)}
      onPointerLeave={() => (hovered.value = null)}
    >
      <i class="gp-swatch" style={{ background: colour(name) }} />
      {plain(name)}
    </a>
  );
}
