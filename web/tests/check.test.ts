import { expect, test } from "vitest";
import published from "../rules.json";
import { check, type Rules } from "../src/station/rules/check";

const rules = published as unknown as Rules;

/** `长×2000` stands for so many of the character. */
function spelledOut(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/长×(\d+)/g, (_, times) => "长".repeat(Number(times)));
  if (Array.isArray(value)) return value.map(spelledOut);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, spelledOut(inner)]));
}

test.each(published.examples)("finds in $visit what the hub finds in it", ({ today, visit, problems }) => {
  const found = check(rules, spelledOut(visit) as object, today, "zh");
  const inOrder = (list: { path: string; code: string }[]) =>
    [...list].sort((a, b) => (a.path + a.code).localeCompare(b.path + b.code));
  expect(inOrder(found)).toEqual(inOrder(problems));
});

test("the sentences are told in English too", () => {
  const [problem] = check(rules, { minutes: 1441 }, "2026-10-31", "en");
  expect(problem?.message).toBe("a duration is 1 to 1440 minutes");
});
