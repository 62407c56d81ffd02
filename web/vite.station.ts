import { defineConfig } from "vite";
import { packed } from "./packed.ts";
import { stationShell } from "./shell.ts";

// The station app is opened over slow lines, where React would take longer to come than all of the app. So
// it is built by itself, with Preact in place of React; the other pages have React itself.
export default defineConfig({
  plugins: [stationShell(), packed()],
  resolve: {
    alias: [
      { find: /^react\/jsx-runtime$/, replacement: "preact/jsx-runtime" },
      { find: /^react-dom\/client$/, replacement: "preact/compat/client" },
      { find: /^react(-dom)?$/, replacement: "preact/compat" },
    ],
  },
  build: {
    // Beside what the other pages were built into.
    emptyOutDir: false,
    assetsInlineLimit: 0,
    rolldownOptions: { input: { station: "station/index.html" } },
  },
});
