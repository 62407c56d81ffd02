import { expect, test } from "vitest";
import { blankHousehold, type HouseholdForm, homesHeadedBy, householdForm, householdOf, householdOn } from "../src/station/forms/household";
import type { Case } from "../src/station/caseload/case";
import { blankPerson } from "../src/station/forms/person";
import type { CasePersonFragment } from "../src/generated/hub";

type Household = NonNullable<CasePersonFragment["household"]>;

function household(version: number, members: [id: string, relation: string][], address = "一号"): Household {
  const nodes = members.map(([id, householdRelation]) => ({ id, name: `${id}名`, householdRelation }));
  return {
    id: "H",
    version,
    divisionCode: "410802001001",
    address,
    incomeClass: null,
    head: { id: "户", name: "户名" },
    members: { nodes: [{ id: "户", name: "户名", householdRelation: "户主" }, ...nodes], pageInfo: { hasNextPage: false } },
  };
}

const whole = (form: HouseholdForm) =>
  householdOf(form).members?.map(({ person, relation }) => [person.id ?? person.name, relation]);

test("a household handed in again names all its members, and its head once", () => {
  const form = householdForm(household(3, [["甲", "配偶"]]));
  expect(householdOf(form)).toEqual({
    basedOn: 3,
    head: { id: "户" },
    members: [{ person: { id: "甲" }, relation: "配偶" }],
    village: "410802001001",
    address: "一号",
  });
});

test("a new household is based on none, and names whoever is not on the list by what was written", () => {
  const blank = blankHousehold();
  const member = { ...blankPerson(), name: " 王小明 ", residentId: "11010519491231002X" };
  const form = { ...blank, home: { ...blank.home, members: [{ whom: member, relation: " 子女 " }] } };
  expect(householdOf(form)).toMatchObject({
    basedOn: 0,
    head: {},
    members: [{ person: { name: "王小明", residentId: "11010519491231002X" }, relation: "子女" }],
  });
});

test("on a newer version my changes stay, and whoever moved in or out meanwhile has done so", () => {
  const begun = householdForm(household(1, [["甲", "配偶"], ["乙", "子女"], ["丙", "子女"], ["丁", "父母"]]));
  const kept = begun.home.members.flatMap((member) => {
    if (member.whom.name === "乙名") return [];
    return member.whom.name === "丙名" ? [{ ...member, relation: "女儿" }] : [member];
  });
  const added = { whom: { ...blankPerson(), name: "戊" }, relation: "孙子女" };
  const mine = { ...begun, home: { ...begun.home, incomeClass: "MINIMUM_LIVING" as const, members: [...kept, added] } };
  // Meanwhile: 丁 moved out, 己 moved in, 甲 is told otherwise, and the address changed.
  const now = householdForm(household(2, [["甲", "妻子"], ["乙", "子女"], ["丙", "子女"], ["己", "子女"]], "二号"));
  const merged = householdOn(now, mine);
  expect(merged.basedOn).toBe(2);
  expect(merged.home).toMatchObject({ address: "二号", incomeClass: "MINIMUM_LIVING" });
  expect(whole(merged)).toEqual([["甲", "妻子"], ["丙", "女儿"], ["己", "子女"], ["戊", "孙子女"]]);
});

test("whoever both sides added is there once", () => {
  const begun = householdForm(household(1, []));
  const picked = { whom: { id: "甲", name: "甲名" }, relation: "" };
  const mine = { ...begun, home: { ...begun.home, members: [picked] } };
  expect(whole(householdOn(householdForm(household(2, [["甲", "子女"]])), mine))).toEqual([["甲", "子女"]]);
});

test("a household written anew of somebody who heads one already goes onto that one, with all that was written", () => {
  const home = household(3, [["甲", "配偶"]]);
  const listed = [{ id: "户", person: { id: "户", name: "户名", birthDate: "1945-01-01", household: home } }] as unknown as Case[];
  const form = blankHousehold();
  const head = { ...blankPerson(), name: "户名", residentId: "410802194501011009", phone: "13800001000" };
  const son = { whom: { ...blankPerson(), name: "乙名" }, relation: "子女" };
  const mine: HouseholdForm = { ...form, head, home: { ...form.home, address: "新址", members: [son] } };
  expect(homesHeadedBy(mine, listed)).toEqual([home]);
  const merged = householdOn(householdForm(home), mine);
  expect(merged).toMatchObject({ basedOn: 3, head: { id: "户" }, home: { address: "新址" } });
  expect(whole(merged)).toEqual([["甲", "配偶"], ["乙名", "子女"]]);
  expect(householdOf(merged).head).toEqual({ id: "户", name: "户名", residentId: head.residentId, phone: head.phone });
  expect(householdOn(householdForm(household(4, [])), merged).head, "on a version that is newer still").toEqual(merged.head);
  expect(homesHeadedBy({ ...mine, head: { ...head, residentId: "410802195001011009" } }, listed)).toEqual([]);
  expect(homesHeadedBy({ ...mine, head: { ...head, name: "甲名" } }, listed)).toEqual([]);
});
