import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { type Plugin, type Rolldown, transformWithOxc } from "vite";

const PAGE = "station/index.html";
const WORKER = "src/station/worker.ts";
/** What the page names beside its scripts and styles. */
const PUBLIC = ["/station/app.webmanifest", "/station/icon.svg"];

/** Builds the service worker of the station app, with the list of all that the app is made of. */
export function stationShell(): Plugin {
  return {
    name: "station-shell",
    apply: "build",
    enforce: "post",
    async generateBundle(_, bundle) {
      const files = [...reached(bundle), ...PUBLIC].sort();
      const page = bundle[PAGE];
      const text = page?.type === "asset" ? String(page.source) : "";
      // Where the app is kept it is there at once, and what a new device shows would flash.
      const kept = text.replace(/<!--[^]*?-->\s*<div id="app">[^]*?<\/main>\s*<\/div>/, '<div id="app"></div>');
      if (kept === text) throw new Error("station/index.html has no page to be left out");
      this.emitFile({ type: "asset", fileName: "station/kept.html", source: kept });
      const mark = createHash("sha256").update(text).update(files.join("\n")).digest("hex").slice(0, 16);
      const source = await readFile(WORKER, "utf8");
      const { code } = await transformWithOxc(source, WORKER, { lang: "ts" });
      const shell = `const SHELL = ${JSON.stringify({ mark, files })};\n`;
      this.emitFile({ type: "asset", fileName: "station/worker.js", source: shell + code });
    },
  };
}

/** The files that the app loads, at once or later. */
function reached(bundle: Rolldown.OutputBundle): Set<string> {
  const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
  const entry = chunks.find((chunk) => chunk.isEntry && chunk.name === "station");
  if (!entry) throw new Error("the bundle has no entry named station");
  const found = new Set<string>();
  const visit = (name: string) => {
    if (found.has(`/${name}`)) return;
    found.add(`/${name}`);
    const file = bundle[name];
    if (file?.type !== "chunk") return;
    const { importedCss, importedAssets } = file.viteMetadata ?? {};
    for (const next of [...(importedCss ?? []), ...(importedAssets ?? [])]) visit(next);
    for (const next of [...file.imports, ...file.dynamicImports]) visit(next);
  };
  visit(entry.fileName);
  return found;
}
