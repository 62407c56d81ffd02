import { expect, test } from "vitest";
import { isAnswered, openEntry, personOf, type Returned } from "../src/station/caseload/returned";
import { entryAgain, entryOf } from "../src/station/forms/entry";
import type { ReturnedEntryFragment } from "../src/generated/hub";
import type { Item } from "../src/station/outbox/item";

const person = { id: "P", name: "王小明" };
const disabled: ReturnedEntryFragment = {
  kind: "DISABLED",
  openedOn: "2026-03-01",
  closedOn: null,
  incomeClass: "MINIMUM_LIVING",
  risk: "LOW",
  remark: "行动不便",
  person,
  certificateNo: "11010519491231002X43",
  category: "PHYSICAL",
  disabledGrade: 3,
  carer: "王芳",
  carerPhone: null,
  subsidies: ["NURSING"],
};

const returned = (record: Returned["signature"]["record"]): Returned => ({
  table: { title: "月报" },
  firstDay: "2026-10-01",
  signature: { id: "S", returnedBy: "孙敏", returnedAt: "2026-11-03T02:00:00Z", answerBy: null, reason: "请核实", record },
});

test("an entry that is handed in anew says all that it said, so that nothing of it is lost", () => {
  expect(entryOf(entryAgain(disabled), { personId: "P", householdId: null, name: "" })).toEqual({
    person: { id: "P", incomeClass: "MINIMUM_LIVING" },
    openedOn: "2026-03-01",
    risk: "LOW",
    remark: "行动不便",
    detail: {
      disabled: {
        category: "PHYSICAL",
        grade: 3,
        subsidies: ["NURSING"],
        certificateNo: "11010519491231002X43",
        carer: "王芳",
      },
    },
    needs: [],
  });
});

test("a closed entry is not opened again by an answer", () => {
  expect(openEntry(returned(disabled))).toBe(disabled);
  expect(openEntry(returned({ ...disabled, closedOn: "2026-11-01" }))).toBeUndefined();
  expect(openEntry(returned({ visitedOn: "2026-10-02", person, household: null }))).toBeUndefined();
});

test("whom a record is about is told of every kind, and of none that is out of sight", () => {
  expect(personOf(returned(disabled))).toEqual(person);
  expect(personOf(returned(person))).toEqual(person);
  expect(personOf(returned({ domain: "CARE", person: null, household: null }))).toBeUndefined();
  expect(personOf(returned(null))).toBeUndefined();
});

test("only what was handed in about the person since the return may be an answer", () => {
  const item = (personId: string, handedInAt: string, is: Item["state"]["is"] = "stored") =>
    ({ subject: { personId, householdId: "H" }, handedInAt, state: { is } }) as Item;
  expect(isAnswered(returned(disabled), [item("P", "2026-11-03T01:59:59Z"), item("Q", "2026-11-04T00:00:00Z")])).toBe(false);
  expect(isAnswered(returned(disabled), [item("P", "2026-11-03T02:00:01Z")])).toBe(true);
  expect(isAnswered(returned(disabled), [item("P", "2026-11-03T02:00:01Z", "refused")])).toBe(false);
  expect(isAnswered(returned(null), [item("P", "2026-11-03T02:00:01Z")])).toBe(false);
  const visit = returned({ visitedOn: "2026-10-02", person: null, household: { id: "H", head: person } });
  expect(isAnswered(visit, [item("Q", "2026-11-03T02:00:01Z")])).toBe(true);
});
