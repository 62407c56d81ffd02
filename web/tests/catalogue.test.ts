import { expect, test } from "vitest";
import { en } from "../src/station/i18n/en";
import { zh } from "../src/station/i18n/zh";

test("both languages have the same sentences, with the same values in them", () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  for (const [key, sentence] of Object.entries(zh)) {
    const values = (text: string) => new Set(text.match(/\{\w+\}/g));
    expect(values(en[key as keyof typeof zh]), key).toEqual(values(sentence));
  }
});
