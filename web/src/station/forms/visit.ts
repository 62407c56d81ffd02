import type { NeedDomain, Service, VisitInput, VisitMode } from "../../generated/hub";
import { type NeedForm, namesOf, needsOf, type Subject, textsOf, whomOf } from "./parts";

/** A photo of a visit: its bytes are kept by its id, beside the form. */
export interface Photo {
  id: string;
  sha256: string;
  /** Bytes. */
  size: number;
}

/** A visit as it is being written: texts as typed, so that nothing typed is ever lost. */
export interface VisitForm {
  kind: "visit";
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
  needs: NeedForm[];
  place: string;
  nextVisitOn: string;
  remark: string;
  /** None in a form that was begun before there were any. */
  photos?: Photo[];
}

export function blankVisit(day: string, worker: string): VisitForm {
  return {
    kind: "visit",
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

/** What is handed in of a form. Empty fields are left out. */
export function visitOf(form: VisitForm, subject: Subject): VisitInput {
  return {
    ...whomOf(form.subject, subject),
    visitedOn: form.visitedOn,
    mode: form.mode,
    ...(form.minutes.trim() && { minutes: wholeNumber(form.minutes) }),
    workers: namesOf(form.workers),
    ...textsOf(form, ["met", "living", "body", "mind", "place", "nextVisitOn", "remark"]),
    services: form.services,
    needs: needsOf(form.needs),
    needsMet: form.needsMet,
  };
}

/** 0, which no visit takes, for what is no whole number: the rules then say what one is. */
function wholeNumber(text: string): number {
  return /^\s*\d{1,6}\s*$/.test(text) ? Number(text) : 0;
}
