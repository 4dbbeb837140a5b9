/** A narrative report: live panels in the author's text, and the workspace after it. */
import { render } from "preact";
import { App } from "./app";
import { ErrorBoundary } from "./components/boundary";
import type { Page } from "./data/types";
import { Panel } from "./panels";
import { loading } from "./state/runs";

/** Mount each panel in place of its static picture; the picture stays for print. */
export function mountArticle(page: Page, root: HTMLElement): void {
  page.panels?.forEach((spec, i) => {
    const figure = document.getElementById(`panel-${i}`);
    if (figure === null) return;
    const still = document.createElement("div");
    still.className = "gx-still";
    still.append(...figure.childNodes);
    const live = document.createElement("div");
    live.className = "gx-live";
    figure.append(still, live);
    render(
      <ErrorBoundary>
        <Waiting>
          <Panel spec={spec} />
        </Waiting>
      </ErrorBoundary>,
      live,
    );
  });
  render(
    <section class="gx-all" aria-label="All runs">
      <h2>All runs</h2>
      <App />
    </section>,
    root,
  );
}

function Waiting({ children }: { children: preact.ComponentChildren }) {
  return loading.value ? <p class="gx-empty">Loading…</p> : <>{children}</>;
}
