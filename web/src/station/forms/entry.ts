import type {
  AbilityLevel,
  ChildInput,
  ChildKind,
  DisabilityCategory,
  DisabledInput,
  ElderlyInput,
  LedgerEntryInput,
  IncomeClass,
  LedgerKind,
  LivingArrangement,
  ReturnedEntryFragment,
  Risk,
  Subsidy,
} from "../../generated/hub";
import { type NeedForm, needsOf, type Subject, textsOf } from "./parts";
import { blankPerson, type PersonForm, personOf } from "./person";

/** An entry in a ledger, as it is being written. */
export interface EntryForm {
  kind: "entry";
  /** The version that it is made on, 0 where there was none; nothing of somebody who is written anew. */
  basedOn?: number;
  /** How that version stands, by which what was changed is told. */
  was?: EntryForm;
  ledger: LedgerKind;
  /** Whoever is on the list already is known by their id, and not written anew. */
  person: PersonForm | null;
  /** Of an entry on record, which keeps it where it is handed in anew. */
  incomeClass: IncomeClass | "";
  openedOn: string;
  risk: Risk | "";
  remark: string;
  needs: NeedForm[];
  child: ChildForm;
  elderly: ElderlyForm;
  disabled: DisabledForm;
}

export interface ChildForm {
  kind: ChildKind;
  school: string;
  grade: string;
  guardian: string;
  guardianRelation: string;
  guardianPhone: string;
  father: string;
  mother: string;
}

export interface ElderlyForm {
  livingArrangement: LivingArrangement | "";
  abilityLevel: AbilityLevel | "";
  illnesses: string;
  contact: string;
  contactPhone: string;
}

export interface DisabledForm {
  certificateNo: string;
  category: DisabilityCategory;
  grade: string;
  carer: string;
  carerPhone: string;
  subsidies: Subsidy[];
}

export function blankEntry(ledger: LedgerKind, day: string, isKnown: boolean): EntryForm {
  const blank: EntryForm = {
    kind: "entry",
    ledger,
    person: isKnown ? null : blankPerson(),
    incomeClass: "",
    openedOn: day,
    risk: "",
    remark: "",
    needs: [],
    child: {
      kind: "LEFT_BEHIND",
      school: "",
      grade: "",
      guardian: "",
      guardianRelation: "",
      guardianPhone: "",
      father: "",
      mother: "",
    },
    elderly: { livingArrangement: "", abilityLevel: "", illnesses: "", contact: "", contactPhone: "" },
    disabled: { certificateNo: "", category: "PHYSICAL", grade: "1", carer: "", carerPhone: "", subsidies: [] },
  };
  return isKnown ? { ...blank, basedOn: 0, was: blank } : blank;
}

/** The form of an entry on record, to be handed in anew: what is left out of it would be gone. */
export function entryAgain(entry: ReturnedEntryFragment): EntryForm {
  const blank = blankEntry(entry.kind, entry.openedOn, true);
  const { child, elderly, disabled } = blank;
  const was: EntryForm = {
    ...blank,
    basedOn: entry.version,
    incomeClass: entry.incomeClass ?? "",
    risk: entry.risk ?? "",
    remark: entry.remark ?? "",
    ...("childKind" in entry && { child: { ...filled(child, entry), kind: entry.childKind ?? child.kind } }),
    ...("abilityLevel" in entry && { elderly: filled(elderly, entry) }),
    ...("certificateNo" in entry && {
      disabled: { ...filled(disabled, entry), grade: String(entry.disabledGrade ?? disabled.grade) },
    }),
  };
  return { ...was, was };
}

/** The form on a newer version of the entry: what was changed stays so, and all else is as it is there. */
export function entryOn(theirs: EntryForm, mine: EntryForm): EntryForm {
  const { was } = mine;
  // Closed meanwhile: it is opened anew, as a whole, or not at all.
  if (theirs.basedOn === 0) return { ...mine, basedOn: 0, was: theirs };
  if (!was) return { ...mine, basedOn: theirs.basedOn ?? 0, was: theirs };
  const details = {
    child: changedOn(theirs.child, was.child, mine.child),
    elderly: changedOn(theirs.elderly, was.elderly, mine.elderly),
    disabled: changedOn(theirs.disabled, was.disabled, mine.disabled),
  };
  const { basedOn = 0 } = theirs;
  return { ...changedOn(theirs, { ...was, ...details }, { ...mine, ...details }), ...details, basedOn, was: theirs };
}

function changedOn<Part extends object>(theirs: Part, was: Part, mine: Part): Part {
  const isSame = (field: string, value: unknown) => JSON.stringify(was[field as keyof Part]) === JSON.stringify(value);
  const changed = Object.entries(mine).filter(([field, value]) => !isSame(field, value));
  return { ...theirs, ...Object.fromEntries(changed) };
}

/** The fields of a form that a record has, as it has them. */
function filled<Form extends object>(form: Form, record: object): Form {
  const known = Object.entries(record).filter(([field, value]) => field in form && value !== null);
  return { ...form, ...Object.fromEntries(known) };
}

/** What is handed in of a form: of the details, those of its ledger alone. */
export function entryOf(form: EntryForm, { personId }: Subject): LedgerEntryInput {
  return {
    ...(form.basedOn !== undefined && { basedOn: form.basedOn }),
    person: form.person
      ? personOf(form.person)
      : { id: personId, ...(form.incomeClass && { incomeClass: form.incomeClass }) },
    openedOn: form.openedOn,
    ...(form.risk && { risk: form.risk }),
    ...textsOf(form, ["remark"]),
    detail: detailOf(form),
    needs: needsOf(form.needs),
  };
}

function detailOf({ ledger, child, elderly, disabled }: EntryForm): LedgerEntryInput["detail"] {
  switch (ledger) {
    case "CHILD":
      return { child: childOf(child) };
    case "ELDERLY":
      return { elderly: elderlyOf(elderly) };
    case "DISABLED":
      return { disabled: disabledOf(disabled) };
  }
}

function childOf(form: ChildForm): ChildInput {
  const fields = ["school", "grade", "guardian", "guardianRelation", "guardianPhone", "father", "mother"] as const;
  return { kind: form.kind, ...textsOf(form, [...fields]) };
}

function elderlyOf(form: ElderlyForm): ElderlyInput {
  const { livingArrangement, abilityLevel } = form;
  return {
    ...(livingArrangement && { livingArrangement }),
    ...(abilityLevel && { abilityLevel }),
    ...textsOf(form, ["illnesses", "contact", "contactPhone"]),
  };
}

function disabledOf(form: DisabledForm): DisabledInput {
  const { category, grade, subsidies } = form;
  return {
    category,
    grade: Number(grade),
    subsidies,
    ...textsOf(form, ["certificateNo", "carer", "carerPhone"]),
  };
}
