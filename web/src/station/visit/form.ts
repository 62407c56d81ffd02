import type { NeedDomain, Service, Urgency, VisitInput, VisitMode } from "../../generated/hub";
import type { Case } from "../caseload/case";

/** A visit as it is being written: texts as typed, so that nothing typed is ever lost. */
export interface VisitForm {
  subject: "person" | "household";
  visitedOn: string;
  mode: VisitMode;
  minutes: string;
  workers: string;
  met: string;
  living: string;
  body: string;
  mind: string;
  services: Service[];
  needsMet: NeedDomain[];
  needs: { domain: NeedDomain; urgency: Urgency; remark: string }[];
  place: string;
  nextVisitOn: string;
  remark: string;
}

export function blankVisit(day: string, worker: string): VisitForm {
  return {
    subject: "person",
    visitedOn: day,
    mode: "HOME",
    minutes: "",
    workers: worker,
    met: "",
    living: "",
    body: "",
    mind: "",
    services: [],
    needsMet: [],
    needs: [],
    place: "",
    nextVisitOn: "",
    remark: "",
  };
}

/** Whom a visit is of, as the device knows them. */
export interface Subject {
  personId: string;
  householdId: string | null;
  name: string;
}

export function subjectOf({ person }: Case): Subject {
  return { personId: person.id, householdId: person.household?.id ?? null, name: person.name ?? "" };
}

/** What is handed in of a form. Empty fields are left out. */
export function contentOf(form: VisitForm, subject: Subject): VisitInput {
  const whole = form.subject === "household" && subject.householdId;
  return {
    ...(whole ? { householdId: subject.householdId } : { person: { id: subject.personId } }),
    visitedOn: form.visitedOn,
    mode: form.mode,
    ...(form.minutes.trim() && { minutes: wholeNumber(form.minutes) }),
    workers: names(form.workers),
    ...texts(form, ["met", "living", "body", "mind", "place", "nextVisitOn", "remark"]),
    services: form.services,
    needs: form.needs.map(({ domain, urgency, remark }) => ({
      domain,
      urgency,
      ...(remark.trim() && { remark: remark.trim() }),
    })),
    needsMet: form.needsMet,
  };
}

/** 0, which no visit takes, for what is no whole number: the rules then say what one is. */
function wholeNumber(text: string): number {
  return /^\s*\d{1,6}\s*$/.test(text) ? Number(text) : 0;
}

function names(text: string): string[] {
  return text.split(/[、,，;；]/).map((name) => name.trim()).filter(Boolean);
}

function texts<Field extends keyof VisitForm>(form: VisitForm, fields: Field[]) {
  const filled = fields.map((field) => [field, String(form[field]).trim()] as const);
  return Object.fromEntries(filled.filter(([, text]) => text)) as Partial<Record<Field, string>>;
}
