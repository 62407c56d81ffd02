import type { Case } from "../caseload/case";
import { blankCorrection, correctionOn } from "./correction";
import type { Form } from "./form";
import { householdForm, householdOn, isWhole } from "./household";
import type { Subject } from "./parts";

/** A newer version of what a form changes. */
export interface Newer {
  /** 0 where it is closed, and none is open. */
  version: number;
  /** The form as it would begin now. */
  theirs: Form;
  /** The changes of the form, on the newer version. */
  merged: Form;
}

/** What the list has newer than what a form was made on. */
export function newerThan(form: Form, subject: Subject, cases: Case[]): Newer | undefined {
  if (form.kind === "correction") {
    const person = cases.find(({ id }) => id === subject.personId)?.person;
    if (!person || person.version <= form.basedOn) return undefined;
    const theirs = blankCorrection(person);
    return { version: person.version, theirs, merged: correctionOn(theirs, form) };
  }
  if (form.kind === "household") {
    const homes = cases.flatMap(({ person }) => person.household ?? []);
    const home = homes.find(({ id, head }) => id === subject.householdId || head?.id === subject.personId);
    if (!home || home.version <= form.basedOn || !isWhole(home)) return undefined;
    const theirs = householdForm(home);
    return { version: home.version, theirs, merged: householdOn(theirs, form) };
  }
  return undefined;
}
