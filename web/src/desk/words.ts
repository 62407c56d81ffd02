// The words of closed lists, from the descriptions of the hub's own schema: `中文 (english)`.

import type { WordsFragment } from "../generated/desk";

/** The part of a description that is in a language; where there is no English, nothing. */
export function spoken(description: string, language: "zh" | "en"): string {
  const [, chinese = description, english = ""] = /^(.*?) \((.*)\)$/.exec(description) ?? [];
  return language === "zh" ? chinese : english;
}

/** The word of a code; where the schema has no English, the code itself is. */
export function wordIn(words: WordsFragment | null | undefined, code: string, language: "zh" | "en"): string {
  const description = words?.enumValues?.find(({ name }) => name === code)?.description ?? "";
  return spoken(description, language) || code.toLowerCase().replaceAll("_", " ");
}
