import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import type { Plugin } from "vite";

/** Below so many bytes nothing is gained. */
const LEAST = 500;

/** Packs what is built as tight as can be, once, beside it: the hub has no time for that at each request. */
export function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    // As it was written: until then other plugins still change it.
    async writeBundle({ dir = "" }, bundle) {
      for (const name of Object.keys(bundle)) {
        if (!/\.(js|css|html|svg|webmanifest)$/.test(name)) continue;
        const bytes = await readFile(join(dir, name));
        if (bytes.length < LEAST) continue;
        const how = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
        await writeFile(join(dir, `${name}.br`), brotliCompressSync(bytes, how));
      }
    },
  };
}
