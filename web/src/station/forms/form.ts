import type { ContentInput } from "../../generated/hub";
import { type AssessmentForm, assessmentOf } from "./assessment";
import { type ClosureForm, closureOf } from "./closure";
import { type CorrectionForm, correctionOf } from "./correction";
import { type EntryForm, entryOf } from "./entry";
import { type ExcuseForm, excuseOf } from "./excuse";
import { type HouseholdForm, householdOf } from "./household";
import type { Subject } from "./parts";
import { type Photo, type VisitForm, visitOf } from "./visit";

/** What is written on the device, by its kind. */
export type Form =
  | VisitForm
  | AssessmentForm
  | EntryForm
  | ClosureForm
  | ExcuseForm
  | HouseholdForm
  | CorrectionForm;

/** What is handed in of a form. */
export function contentOf(form: Form, subject: Subject): ContentInput {
  switch (form.kind) {
    case "visit":
      return { visit: visitOf(form, subject) };
    case "assessment":
      return { assessment: assessmentOf(form, subject) };
    case "entry":
      return { ledgerEntry: entryOf(form, subject) };
    case "closure":
      return { ledgerClosure: closureOf(form, subject) };
    case "excuse":
      return { excuse: excuseOf(form, subject) };
    case "household":
      return { household: householdOf(form) };
    case "correction":
      return { personCorrection: correctionOf(form, subject) };
  }
}

/** The day that a form is of; what says how something is now is of none. */
export function dayOfForm(form: Form): string | undefined {
  switch (form.kind) {
    case "visit":
      return form.visitedOn;
    case "assessment":
      return form.assessedOn;
    case "entry":
      return form.openedOn;
    case "closure":
      return form.closedOn;
    case "excuse":
      return form.firstOn;
    case "household":
    case "correction":
      return undefined;
  }
}

/** Whether two forms about the same person are the same matter: one of them is enough. */
export function isAlike(one: Form, other: Form): boolean {
  switch (one.kind) {
    case "entry":
    case "closure":
      return other.kind === one.kind && other.ledger === one.ledger;
    case "assessment":
      return other.kind === one.kind && other.instrument === one.instrument;
    default:
      return other.kind === one.kind;
  }
}

/** The photos of a form; they are handed in before it. */
export function photosOf(form: Form): Photo[] {
  return (form.kind === "visit" && form.photos) || [];
}

/** Whom a form is of: whoever is being written has the name that was written so far. */
export function subjectWritten(form: Form, subject: Subject): Subject {
  if (form.kind === "entry" && form.person) return { ...subject, name: form.person.name.trim() };
  return form.kind === "household" ? { ...subject, name: form.head.name.trim() } : subject;
}
