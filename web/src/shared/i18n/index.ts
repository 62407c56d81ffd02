import { Cell, useCell } from "../ui/cell";
import { en } from "./en";
import { type Key, zh } from "./zh";

export type Language = "zh" | "en";
export type { Key };

const KEPT = "nuanyang.language";
const chosen = new Cell<Language>(localStorage.getItem(KEPT) === "en" ? "en" : "zh");

/** The language of all pages; Chinese unless English was chosen on this device. */
export const language = {
  get: chosen.get,
  set(next: Language) {
    localStorage.setItem(KEPT, next);
    chosen.set(next);
  },
};

export function useLanguage(): Language {
  return useCell(chosen);
}

/** Says a page's sentences, and those of all pages, in the chosen language; `{name}` stands for a value. */
export function speaker<Own extends string>(own: Record<Language, Record<Own, string>>) {
  const catalogues: Record<Language, Record<Own | Key, string>> = {
    zh: { ...zh, ...own.zh },
    en: { ...en, ...own.en },
  };
  return (key: Own | Key, values: Record<string, string | number> = {}): string =>
    catalogues[chosen.get()][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

export const t = speaker({ zh, en });

/** Runs now, and whenever another language is chosen. */
export function inEachLanguage(run: () => void) {
  chosen.subscribe(run);
  run();
}

// Browser and screen readers are told.
inEachLanguage(() => {
  document.documentElement.lang = chosen.get() === "zh" ? "zh-CN" : "en";
});
