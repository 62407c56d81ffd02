import type { RecordWordsQuery } from "../../generated/desk";
import { language } from "../i18n";
import { spoken, wordIn } from "../words";

export type RecordType = "Person" | "ChildEntry" | "ElderlyEntry" | "DisabledEntry" | "Visit" | "Household";
export type List = Exclude<keyof RecordWordsQuery, RecordType>;

/** Codes and fields in the words of the schema. */
export interface Vocabulary {
  word: (list: List, code: string) => string;
  label: (type: RecordType, field: string) => string;
}

export function vocabularyOf(words: RecordWordsQuery): Vocabulary {
  return {
    word: (list, code) => wordIn(words[list], code, language.get()),
    label: (type, field) => {
      const known = words[type]?.fields?.find(({ name }) => name === field);
      return spoken(known?.description ?? "", language.get()) || field;
    },
  };
}
