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
  return {
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
}

/** The form of an entry on record, to be handed in anew: what is left out of it would be gone. */
export function entryAgain(entry: ReturnedEntryFragment): EntryForm {
  const blank = blankEntry(entry.kind, entry.openedOn, true);
  const { child, elderly, disabled } = blank;
  return {
    ...blank,
    incomeClass: entry.incomeClass ?? "",
    risk: entry.risk ?? "",
    remark: entry.remark ?? "",
    ...("childKind" in entry && { child: { ...filled(child, entry), kind: entry.childKind ?? child.kind } }),
    ...("abilityLevel" in entry && { elderly: filled(elderly, entry) }),
    ...("certificateNo" in entry && {
      disabled: { ...filled(disabled, entry), grade: String(entry.disabledGrade ?? disabled.grade) },
    }),
  };
}

/** The fields of a form that a record has, as it has them. */
function filled<Form extends object>(form: Form, record: object): Form {
  const known = Object.entries(record).filter(([field, value]) => field in form && value !== null);
  return { ...form, ...Object.fromEntries(known) };
}

/** What is handed in of a form: of the details, those of its ledger alone. */
export function entryOf(form: EntryForm, { personId }: Subject): LedgerEntryInput {
  return {
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
