// One classic script and one style sheet, which run from a file:// page under a strict CSP.
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { pid } from "node:process";
import { defineConfig } from "vitest/config";

const BUNDLE = ["app.js", "app.css"];
const MADE = `node_modules/.gitexp-${pid}`; // two builds at a time do not meet

/** Whoever reads dist/ during a build has the whole old bundle or the whole new one. */
const swap = {
  name: "swap",
  closeBundle(error?: Error) {
    if (error !== undefined) return;
    mkdirSync("dist", { recursive: true });
    for (const name of BUNDLE) renameSync(`${MADE}/${name}`, `dist/${name}`);
    rmSync(MADE, { recursive: true });
  },
};

export default defineConfig({
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [swap],
  build: {
    target: "es2022",
    outDir: MADE,
    emptyOutDir: true,
    chunkSizeWarningLimit: 900,
    lib: {
      entry: "src/main.tsx",
      formats: ["iife"],
      name: "gitexpApp",
      fileName: () => "app.js",
      cssFileName: "app",
    },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"] },
});
