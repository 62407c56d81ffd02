import { expect, test } from "vitest";
import { blankCorrection, correctionOf, correctionOn } from "../src/station/forms/correction";
import { newerThan } from "../src/station/forms/newer";
import type { Case } from "../src/station/caseload/case";
import type { CasePersonFragment } from "../src/generated/hub";

const subject = { personId: "P", householdId: null, name: "王小明" };

function person(version: number, values: Partial<CasePersonFragment> = {}): CasePersonFragment {
  return {
    id: "P",
    version,
    name: "王小明",
    noIdReason: null,
    sex: "MALE",
    birthDate: "1950-01-02",
    address: "一号",
    phone: "13800001000",
    incomeClass: null,
    divisionCode: "410802001001",
    division: null,
    household: null,
    newestVisit: null,
    newestAssessment: null,
    ledgerEntries: { nodes: [] },
    needs: { nodes: [] },
    ...values,
  };
}

test("what was changed is handed in, and nothing that was emptied or left", () => {
  const form = blankCorrection(person(4));
  const values = { ...form.values, phone: " 13800002000 ", address: "", name: " 王小明 " };
  expect(correctionOf({ ...form, values }, subject)).toEqual({
    personId: "P",
    basedOn: 4,
    values: { phone: "13800002000" },
  });
});

test("of somebody with a resident ID neither sex nor birth date is handed in", () => {
  const form = blankCorrection(person(1));
  const values = { ...form.values, sex: "FEMALE" as const, birthDate: "1951-01-02" };
  expect(correctionOf({ ...form, values }, subject).values).toEqual({});
  const numberless = blankCorrection(person(1, { noIdReason: "LOST" }));
  expect(correctionOf({ ...numberless, values: { ...values, noIdReason: "LOST" } }, subject).values).toEqual({
    sex: "FEMALE",
    birthDate: "1951-01-02",
  });
  const told = { ...values, noIdReason: "LOST" as const, residentId: "11010519491231002X" };
  expect(correctionOf({ ...numberless, values: told }, subject).values).toEqual({ residentId: "11010519491231002X" });
});

test("whose village is not known has none chosen", () => {
  expect(blankCorrection(person(1, { divisionCode: "410802001" })).values.village).toBe("");
});

test("on a newer version my changes stay, and the rest is as it is there", () => {
  const form = blankCorrection(person(1));
  const mine = { ...form, values: { ...form.values, phone: "13800002000" } };
  const theirs = blankCorrection(person(2, { phone: "13800003000", address: "二号" }));
  const merged = correctionOn(theirs, mine);
  expect(merged.values).toMatchObject({ phone: "13800002000", address: "二号" });
  expect(correctionOf(merged, subject)).toEqual({ personId: "P", basedOn: 2, values: { phone: "13800002000" } });
});

test("a newer version is told of, and neither the same one nor somebody else's", () => {
  const form = blankCorrection(person(2));
  const listed = (other: CasePersonFragment) => [{ id: other.id, person: other } as Case];
  expect(newerThan(form, subject, listed(person(3)))?.version).toBe(3);
  expect(newerThan(form, subject, listed(person(2)))).toBeUndefined();
  expect(newerThan(form, subject, listed({ ...person(3), id: "Q" }))).toBeUndefined();
  expect(newerThan(form, subject, [])).toBeUndefined();
});
