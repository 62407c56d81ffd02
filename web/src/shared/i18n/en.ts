import type { Key } from "./zh";

/** The same in English; the compiler finds a key that is missing or too many. */
export const en: Record<Key, string> = {
  "nav.skip": "Skip to content",
  "common.optional": "optional",
  "common.wait": "One moment…",
  "theme.label": "Light or dark",
  "theme.auto": "As the system",
  "theme.light": "Light",
  "theme.dark": "Dark",
};
