/** Start: read the page's description, choose the data source, mount the app. */
import { render } from "preact";
import { App } from "./app";
import { setSource } from "./data/context";
import { sourceOf } from "./data/source";
import type { Page } from "./data/types";
import "./styles/base.css";

function start(): void {
  const described = document.getElementById("gitexp-page");
  const root = document.getElementById("app");
  if (described === null || root === null) return;
  const page = JSON.parse(described.textContent ?? "{}") as Page;
  setSource(sourceOf(page, document));
  document.documentElement.classList.add("app");
  render(<App />, root);
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
