import type { NeedDomain, NeedInput, Urgency } from "../../generated/hub";
import type { Case } from "../caseload/case";

/** Whom a form is of, as the device knows them. */
export interface Subject {
  personId: string;
  householdId: string | null;
  name: string;
}

export function subjectOf({ person }: Case): Subject {
  return { personId: person.id, householdId: person.household?.id ?? null, name: person.name ?? "" };
}

/** The person or the whole household, where there is one. */
export function whomOf(chosen: "person" | "household", { personId, householdId }: Subject) {
  return chosen === "household" && householdId ? { householdId } : { person: { id: personId } };
}

/** A need as it is being written. */
export interface NeedForm {
  domain: NeedDomain;
  urgency: Urgency;
  remark: string;
}

export function needsOf(needs: NeedForm[]): NeedInput[] {
  return needs.map(({ domain, urgency, remark }) => ({
    domain,
    urgency,
    ...(remark.trim() && { remark: remark.trim() }),
  }));
}

export function namesOf(text: string): string[] {
  return text.split(/[、,，;；]/).map((name) => name.trim()).filter(Boolean);
}

/** The texts of a form that hold anything. */
export function textsOf<Form extends object, Field extends keyof Form>(form: Form, fields: Field[]) {
  const filled = fields.map((field) => [field, String(form[field]).trim()] as const);
  return Object.fromEntries(filled.filter(([, text]) => text)) as Partial<Record<Field, string>>;
}
