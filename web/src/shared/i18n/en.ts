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
  "saved.title": "Saved questions",
  "saved.name": "Name",
  "saved.save": "Save this question",
  "saved.hint": "What is asked is saved, no answer: whoever opens it is answered from the record of then, by rights of their own.",
  "saved.done": "“{name}” is saved.",
  "saved.none": "No saved questions yet",
  "saved.shared": "shared",
  "saved.gone": "There is no such question, or whoever saved it has not shared it. Please ask whoever gave you the link.",
};
