import { expect, test } from "vitest";
import type { ContentInput } from "../src/generated/hub";
import published from "../rules.json";
import { check, type Rules } from "../src/station/rules/check";

const rules = published as unknown as Rules;

/** `长×2000` stands for so many of the character, and `{ times, of }` for a list of so many rows. */
function spelledOut(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/长×(\d+)/g, (_, times) => "长".repeat(Number(times)));
  if (Array.isArray(value)) return value.map(spelledOut);
  if (value === null || typeof value !== "object") return value;
  if ("times" in value && "of" in value) return Array.from({ length: Number(value.times) }, () => spelledOut(value.of));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, spelledOut(inner)]));
}

test.each(published.examples)("finds in $content what the hub finds in it", ({ today, content, problems }) => {
  const found = check(rules, spelledOut(content) as ContentInput, today, "zh");
  const inOrder = (list: { path: string; code: string }[]) =>
    [...list].sort((a, b) => (a.path + a.code).localeCompare(b.path + b.code));
  expect(inOrder(found)).toEqual(inOrder(problems));
});

test("the sentences are told in English too", () => {
  const [problem] = check(rules, { visit: { visitedOn: "2026-10-31", mode: "HOME", minutes: 1441 } }, "2026-10-31", "en");
  expect(problem?.message).toBe("a duration is 1 to 1440 minutes");
});
