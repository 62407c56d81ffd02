import { expect, test } from "vitest";
import { assessmentOf, blankAssessment } from "../src/station/forms/assessment";
import { blankClosure } from "../src/station/forms/closure";
import { blankEntry } from "../src/station/forms/entry";
import { isAlike } from "../src/station/forms/form";
import { blankVisit, visitOf } from "../src/station/forms/visit";
import type { Instrument } from "../src/station/assessment/instrument";

const subject = { personId: "P1", householdId: "H1", name: "王小明" };

test("what was left empty is not handed in, and white space is no content", () => {
  const form = { ...blankVisit("2026-10-31", "王芳"), living: "  ", remark: " 好 " };
  expect(visitOf(form, subject)).toEqual({
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
  expect(visitOf(form, subject)).toMatchObject({ householdId: "H1" });
  expect(visitOf(form, subject)).not.toHaveProperty("person");
  expect(visitOf(form, { ...subject, householdId: null })).toMatchObject({ person: { id: "P1" } });
});

test("several workers are parted as people part names", () => {
  const form = blankVisit("2026-10-31", "王芳、李强, 赵敏；");
  expect(visitOf(form, subject).workers).toEqual(["王芳", "李强", "赵敏"]);
});

test("minutes that are no whole number are handed to the rules as none that a visit takes", () => {
  const minutes = (text: string) => visitOf({ ...blankVisit("2026-10-31", ""), minutes: text }, subject).minutes;
  expect([minutes(""), minutes("45"), minutes(" 45 "), minutes("半小时"), minutes("-5"), minutes("1e3")]).toEqual([
    undefined, 45, 45, 0, 0, 0,
  ]);
});

test("an assessment hands in the answers that were given, by the version it was begun by", () => {
  const instrument = { code: "child-risk", version: 1 } as Instrument;
  const form = { ...blankAssessment(instrument, "2026-10-31", "王芳"), answers: { schooling: 2, livelihood: 0 } };
  expect(assessmentOf(form, subject)).toEqual({
    person: { id: "P1" },
    assessedOn: "2026-10-31",
    instrument: "child-risk",
    version: 1,
    answers: [
      { item: "schooling", value: 2 },
      { item: "livelihood", value: 0 },
    ],
    assessors: ["王芳"],
    needs: [],
  });
});

test("two matters of one kind about one person are two, and the same matter is one", () => {
  const [child, elderly] = [blankEntry("CHILD", "2026-10-01", true), blankEntry("ELDERLY", "2026-10-01", true)];
  expect(isAlike(child, elderly)).toBe(false);
  expect(isAlike(elderly, { ...elderly, remark: "写到一半" })).toBe(true);
  expect(isAlike(blankClosure("CHILD", "2026-10-01"), blankClosure("ELDERLY", "2026-10-01"))).toBe(false);
  expect(isAlike(elderly, blankClosure("ELDERLY", "2026-10-01"))).toBe(false);
});
