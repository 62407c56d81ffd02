import type { CasePersonFragment, IncomeClass, NoIdReason, PersonCorrectionInput, Sex } from "../../generated/hub";
import type { Subject } from "./parts";

/** What may be corrected of someone, as it is being written. An empty choice is none. */
export interface PersonValues {
  name: string;
  /** A number told anew; the one on record is not on the device. */
  residentId: string;
  noIdReason: NoIdReason | "";
  sex: Sex | "";
  birthDate: string;
  /** Code of the village. */
  village: string;
  address: string;
  phone: string;
  incomeClass: IncomeClass | "";
}

/** A correction of someone on the list, as it is being written. */
export interface CorrectionForm {
  kind: "correction";
  /** The version of the person that `was` is of. */
  basedOn: number;
  was: PersonValues;
  values: PersonValues;
}

export function blankCorrection(person: CasePersonFragment): CorrectionForm {
  const was = valuesOf(person);
  return { kind: "correction", basedOn: person.version, was, values: was };
}

function valuesOf(person: CasePersonFragment): PersonValues {
  return {
    name: person.name ?? "",
    residentId: "",
    noIdReason: person.noIdReason ?? "",
    sex: person.sex ?? "",
    birthDate: person.birthDate ?? "",
    village: villageOf(person.divisionCode),
    address: person.address ?? "",
    phone: person.phone ?? "",
    incomeClass: person.incomeClass ?? "",
  };
}

/** The code where it is of a village; whose village is not known has that of the township. */
export function villageOf(divisionCode: string): string {
  return divisionCode.length === 12 ? divisionCode : "";
}

/** Someone with a resident ID has sex and birth date by it, and no reason for having none. */
export function isNumberless({ was, values }: CorrectionForm): boolean {
  return was.noIdReason !== "" && !values.residentId.trim();
}

/** What is handed in of a form: what was changed. The hub keeps what it is not told anew. */
export function correctionOf(form: CorrectionForm, { personId }: Subject): PersonCorrectionInput {
  const byNumber = { noIdReason: "", sex: "", birthDate: "" } as const;
  const values = isNumberless(form) ? form.values : { ...form.values, ...byNumber };
  const changed = fieldsOf(values).filter(([field, text]) => text && text !== form.was[field].trim());
  return { personId, basedOn: form.basedOn, values: Object.fromEntries(changed) };
}

function fieldsOf(values: PersonValues) {
  const fields = Object.keys(values) as (keyof PersonValues)[];
  return fields.map((field) => [field, values[field].trim()] as const);
}

/** The form on a newer version of the person: what was changed stays so, the rest is as it is now. */
export function correctionOn(theirs: CorrectionForm, mine: CorrectionForm): CorrectionForm {
  const changed = fieldsOf(mine.values).filter(([field]) => mine.values[field] !== mine.was[field]);
  return { ...theirs, values: { ...theirs.values, ...Object.fromEntries(changed) } };
}
