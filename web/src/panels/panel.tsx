/** One live panel of an article, by its kind. */
import type { PanelSpec } from "../data/types";

export function Panel({ spec }: { spec: PanelSpec }) {
  return <div class="gp-panel-body">{spec.title}</div>;
}
