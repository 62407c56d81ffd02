import type { CasePersonFragment, HouseholdInput, IncomeClass, PersonInput } from "../../generated/hub";
import type { Case } from "../caseload/case";
import { villageOf } from "./correction";
import { type Subject, textsOf } from "./parts";
import { blankPerson, type PersonForm, personOf } from "./person";

/** A household as it is being written: all of it, since the hub keeps the members that are named. */
export interface HouseholdForm {
  kind: "household";
  /** The version that `was` is of; 0 where none is known. */
  basedOn: number;
  head: Whom;
  was: Home;
  home: Home;
}

/** Somebody on record; `written` is what was written of them before that was known. */
export interface Known {
  id: string;
  name: string;
  written?: PersonForm;
}

/** Somebody on record, or somebody who is written anew. */
export type Whom = Known | PersonForm;

export interface MemberForm {
  whom: Whom;
  relation: string;
}

export interface Home {
  /** Code of the village. */
  village: string;
  address: string;
  incomeClass: IncomeClass | "";
  /** Those besides the head. */
  members: MemberForm[];
}

type Household = NonNullable<CasePersonFragment["household"]>;

export function isKnown(whom: Whom): whom is Known {
  return "id" in whom;
}

/** One that is not on record: of somebody of the list, or of somebody who is written anew. */
export function blankHousehold(head?: CasePersonFragment): HouseholdForm {
  const whom = head ? { id: head.id, name: head.name ?? "" } : blankPerson();
  const home: Home = {
    village: villageOf(head?.divisionCode ?? ""),
    address: head?.address ?? "",
    incomeClass: head?.incomeClass ?? "",
    members: [],
  };
  return { kind: "household", basedOn: 0, head: whom, was: { ...home, members: [] }, home };
}

/** Whether all of a household is on the device, so that writing it anew leaves nobody out. */
export function isWhole({ head, members }: Household): boolean {
  return head != null && !members.pageInfo.hasNextPage;
}

/** The household as the device has it, to be changed. */
export function householdForm({ version, head, members, ...household }: Household): HouseholdForm {
  const whom = { id: head?.id ?? "", name: head?.name ?? "" };
  const others = members.nodes.filter(({ id }) => id !== whom.id);
  const was: Home = {
    village: villageOf(household.divisionCode),
    address: household.address ?? "",
    incomeClass: household.incomeClass ?? "",
    members: others.map(({ id, name, householdRelation }) => ({
      whom: { id, name: name ?? "" },
      relation: householdRelation ?? "",
    })),
  };
  return { kind: "household", basedOn: version, head: whom, was, home: was };
}

/** Of whom the form is. */
export function subjectOfHousehold({ head }: HouseholdForm, householdId: string | null): Subject {
  return { personId: isKnown(head) ? head.id : "", householdId, name: head.name };
}

/** The households of the list that somebody who is written anew may head already, by what was written. */
export function homesHeadedBy({ head }: HouseholdForm, cases: Case[]): Household[] {
  if (isKnown(head)) return [];
  const birthDate = bornOn(head);
  return cases.flatMap(({ person }) => {
    const { household } = person;
    const isSame = person.name === head.name.trim() && (!birthDate || !person.birthDate || person.birthDate === birthDate);
    return isSame && household && household.head?.id === person.id && isWhole(household) ? [household] : [];
  });
}

/** A resident ID has it from the 7th digit on (GB 11643). */
function bornOn({ residentId, birthDate }: PersonForm): string {
  const digits = /^\d{6}(\d{4})(\d{2})(\d{2})/.exec(residentId.trim());
  return digits ? digits.slice(1).join("-") : birthDate;
}

/** What is handed in of a form. */
export function householdOf({ basedOn, head, home }: HouseholdForm): HouseholdInput {
  const { incomeClass, members } = home;
  return {
    basedOn,
    head: named(head),
    members: members.map(({ whom, relation }) => ({ person: named(whom), relation: relation.trim() })),
    ...textsOf(home, ["village", "address"]),
    ...(incomeClass && { incomeClass }),
  };
}

function named(whom: Whom): PersonInput {
  if (!isKnown(whom)) return personOf(whom);
  return { ...(whom.written && personOf(whom.written)), id: whom.id };
}

/**
 * The form on a newer version of the household: what was changed stays so, and whoever else moved in or
 * out meanwhile has done so here too.
 */
export function householdOn(theirs: HouseholdForm, mine: HouseholdForm): HouseholdForm {
  const { was, home } = mine;
  const kept = (field: "village" | "address" | "incomeClass") => home[field] !== was[field];
  return {
    ...theirs,
    head: headOn(theirs.head, mine.head),
    home: {
      village: kept("village") ? home.village : theirs.home.village,
      address: kept("address") ? home.address : theirs.home.address,
      incomeClass: kept("incomeClass") ? home.incomeClass : theirs.home.incomeClass,
      members: membersOn(theirs.home.members, was.members, home.members),
    },
  };
}

/** Named by the id too, so that the hub refuses a resident ID that is not theirs. */
function headOn(theirs: Whom, mine: Whom): Whom {
  const written = isKnown(mine) ? mine.written : mine;
  return isKnown(theirs) && written ? { ...theirs, written } : theirs;
}

function membersOn(theirs: MemberForm[], was: MemberForm[], mine: MemberForm[]): MemberForm[] {
  const find = (members: MemberForm[], id: string) => members.find(({ whom }) => isKnown(whom) && whom.id === id);
  const stay = theirs.flatMap((member) => {
    if (!isKnown(member.whom)) return [member];
    const [before, now] = [find(was, member.whom.id), find(mine, member.whom.id)];
    if (before && !now) return [];
    return now && now.relation !== (before?.relation ?? "") ? [now] : [member];
  });
  const added = mine.filter(({ whom }) => !isKnown(whom) || !(find(was, whom.id) || find(theirs, whom.id)));
  return [...stay, ...added];
}
