/** Start: read the page's description, choose the data source, mount the app. */
import { render } from "preact";
import { App } from "./app";
import { mountArticle } from "./article";
import { setSource } from "./data/context";
import { sourceOf } from "./data/source";
import type { Page } from "./data/types";
import { followView } from "./state/address";
import { followServer } from "./state/live";
import { followRoute } from "./state/route";
import { loadRuns } from "./state/runs";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/controls.css";
import "./styles/table.css";
import "./styles/curves.css";

function start(): void {
  const described = document.getElementById("gitexp-page");
  const root = document.getElementById("app");
  if (described === null || root === null) return;
  const page = JSON.parse(described.textContent ?? "{}") as Page;
  setSource(sourceOf(page, document));
  followRoute();
  followView();
  document.documentElement.classList.add("app", page.mode);
  // The static page's style is for paper only, now that the screen is the app's.
  const still = document.getElementById("static-style");
  if (page.mode !== "article") still?.setAttribute("media", "print");
  if (page.mode === "article") mountArticle(page, root);
  else render(<App />, root);
  void loadRuns().then(followServer);
}

// What the app begins with stands before it; the rest of a large report is still being read.
start();
