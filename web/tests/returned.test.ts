import { expect, test } from "vitest";
import { isAnswered, openEntry, personOf, type Returned } from "../src/station/caseload/returned";
import { blankEntry, entryAgain, entryOf, entryOn } from "../src/station/forms/entry";
import type { ReturnedEntryFragment } from "../src/generated/hub";
import type { Item } from "../src/station/outbox/item";

const person = { id: "P", name: "王小明" };
const disabled: ReturnedEntryFragment = {
  version: 3,
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
    basedOn: 3,
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

test("an answer on a newer version keeps what was changed, and takes all else as it is there", () => {
  const begun = entryAgain(disabled);
  const mine = { ...begun, remark: "已核实", disabled: { ...begun.disabled, carerPhone: "13800001000" } };
  const theirs = entryAgain({ ...disabled, version: 5, risk: "HIGH", remark: "他人改过", carer: "李强" });
  const merged = entryOn(theirs, mine);
  expect(merged).toMatchObject({ basedOn: 5, risk: "HIGH", remark: "已核实" });
  expect(merged.disabled).toMatchObject({ carer: "李强", carerPhone: "13800001000", grade: "3" });
  // Once more on what is newer still, from what it is then made on.
  expect(entryOn(entryAgain({ ...disabled, version: 6, carer: "赵敏" }), merged)).toMatchObject({
    basedOn: 6,
    remark: "已核实",
    disabled: { carer: "赵敏", carerPhone: "13800001000" },
  });
});

test("an answer to an entry that was closed meanwhile is all that was written, should it be opened anew", () => {
  const mine = { ...entryAgain(disabled), remark: "已核实" };
  const anew = entryOn(blankEntry("DISABLED", "2026-03-01", true), mine);
  expect(anew).toMatchObject({ basedOn: 0, risk: "LOW", remark: "已核实", disabled: { carer: "王芳" } });
});

test("an entry of somebody on the list says that there was none, and one of somebody written anew says nothing", () => {
  const nobody = { personId: "P", householdId: null, name: "" };
  expect(entryOf(blankEntry("ELDERLY", "2026-10-01", true), nobody).basedOn).toBe(0);
  expect(entryOf(blankEntry("ELDERLY", "2026-10-01", false), nobody)).not.toHaveProperty("basedOn");
});
