import { Cell, useCell } from "../ui/cell";
import { en } from "./en";
import { type Key, zh } from "./zh";

export type { Key };
export type Language = "zh" | "en";

const KEPT = "nuanyang.language";
const catalogues: Record<Language, Record<Key, string>> = { zh, en };
const chosen = new Cell<Language>(localStorage.getItem(KEPT) === "en" ? "en" : "zh");

/** The language of the app; Chinese unless English was chosen on this device. */
export const language = {
  get: chosen.get,
  set(next: Language) {
    localStorage.setItem(KEPT, next);
    chosen.set(next);
    announce();
  },
};

/** Tells the browser and screen readers. */
function announce() {
  document.documentElement.lang = chosen.get() === "zh" ? "zh-CN" : "en";
  document.title = t("app.name");
}

export function useLanguage(): Language {
  return useCell(chosen);
}

/** A sentence of the catalogue in the chosen language. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const sentence = catalogues[chosen.get()][key];
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

announce();
