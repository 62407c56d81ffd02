import { language as ofStation, useLanguage } from "../../station/i18n";
import { en } from "./en";
import { type Key, zh } from "./zh";

export type { Key };
export { useLanguage };

const catalogues: Record<"zh" | "en", Record<Key, string>> = { zh, en };

/** The language chosen on this device, the same as the station app's. */
export const language = {
  get: ofStation.get,
  set(next: "zh" | "en") {
    ofStation.set(next);
    announce();
  },
};

/** A sentence of the desk's catalogue in the chosen language. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const sentence = catalogues[language.get()][key];
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

function announce() {
  document.title = t("app.name");
}

announce();
