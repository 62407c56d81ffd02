import { defineConfig } from "vite";
import { chineseInterface } from "./chinese.ts";

// Everything the pages need ends up in dist/: the hub serves it where there is no internet.
export default defineConfig({
  plugins: [chineseInterface()],
  worker: { format: "es" },
  build: {
    // No inlined assets: the pages' Content-Security-Policy then needs no `data:` for scripts.
    assetsInlineLimit: 0,
    // The query editor is one large library; splitting it further gains nothing.
    chunkSizeWarningLimit: 4096,
    rolldownOptions: {
      input: { explorer: "index.html", desk: "desk/index.html" },
      // "use client" in dependencies means nothing in a browser build.
      checks: { moduleLevelDirective: false },
    },
  },
});
