import type { ContentInput } from "../../generated/hub";
import { type AssessmentForm, assessmentOf } from "./assessment";
import { type ClosureForm, closureOf } from "./closure";
import { type EntryForm, entryOf } from "./entry";
import { type ExcuseForm, excuseOf } from "./excuse";
import type { Subject } from "./parts";
import { type VisitForm, visitOf } from "./visit";

/** What is written on the device, by its kind. */
export type Form = VisitForm | AssessmentForm | EntryForm | ClosureForm | ExcuseForm;

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
  }
}

/** The day that a form is of. */
export function dayOfForm(form: Form): string {
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
  }
}

/** Whom a form is of: whoever is being written has the name that was written so far. */
export function subjectWritten(form: Form, subject: Subject): Subject {
  return form.kind === "entry" && form.person ? { ...subject, name: form.person.name.trim() } : subject;
}
