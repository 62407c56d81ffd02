// The words of closed lists, from the descriptions of the hub's own schema: `中文 (english)`.

import type { WordsQuery } from "../generated/desk";

type Words = WordsQuery[keyof WordsQuery];

/** The word of a code; where the schema has no English, the code itself is. */
export function wordIn(words: Words | undefined, code: string, language: "zh" | "en"): string {
  const description = words?.enumValues?.find(({ name }) => name === code)?.description ?? "";
  const [, chinese = description, english] = /^(.*?) \((.*)\)$/.exec(description) ?? [];
  const plain = code.toLowerCase().replaceAll("_", " ");
  return language === "zh" ? chinese || plain : (english ?? plain);
}
