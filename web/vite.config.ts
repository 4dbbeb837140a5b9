// One classic script and one style sheet, which run from a file:// page under a strict CSP.
import { defineConfig } from "vitest/config";

export default defineConfig({
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    outDir: "dist",
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
