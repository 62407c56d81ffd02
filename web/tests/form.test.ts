import { expect, test } from "vitest";
import { blankVisit, contentOf } from "../src/station/visit/form";

const subject = { personId: "P1", householdId: "H1", name: "王小明" };

test("what was left empty is not handed in, and white space is no content", () => {
  const form = { ...blankVisit("2026-10-31", "王芳"), living: "  ", remark: " 好 " };
  expect(contentOf(form, subject)).toEqual({
    person: { id: "P1" },
    visitedOn: "2026-10-31",
    mode: "HOME",
    workers: ["王芳"],
    services: [],
    needs: [],
    needsMet: [],
    remark: "好",
  });
});

test("a visit is of the person or of the household, never of both", () => {
  const form = { ...blankVisit("2026-10-31", ""), subject: "household" as const };
  expect(contentOf(form, subject)).toMatchObject({ householdId: "H1" });
  expect(contentOf(form, subject)).not.toHaveProperty("person");
  expect(contentOf(form, { ...subject, householdId: null })).toMatchObject({ person: { id: "P1" } });
});

test("several workers are parted as people part names", () => {
  const form = blankVisit("2026-10-31", "王芳、李强, 赵敏；");
  expect(contentOf(form, subject).workers).toEqual(["王芳", "李强", "赵敏"]);
});

test("minutes that are no whole number are handed to the rules as none that a visit takes", () => {
  const minutes = (text: string) => contentOf({ ...blankVisit("2026-10-31", ""), minutes: text }, subject).minutes;
  expect([minutes(""), minutes("45"), minutes(" 45 "), minutes("半小时"), minutes("-5"), minutes("1e3")]).toEqual([
    undefined, 45, 45, 0, 0, 0,
  ]);
});
