import type { AssessmentInput } from "../../generated/hub";
import type { Instrument } from "../assessment/instrument";
import { type NeedForm, namesOf, needsOf, type Subject, textsOf, whomOf } from "./parts";

/** An assessment as it is being written. */
export interface AssessmentForm {
  kind: "assessment";
  subject: "person" | "household";
  assessedOn: string;
  instrument: string;
  version: number;
  /** The value of the chosen option, by the code of its item. */
  answers: Record<string, number>;
  assessors: string;
  needs: NeedForm[];
  remark: string;
}

export function blankAssessment(instrument: Instrument, day: string, assessor: string): AssessmentForm {
  return {
    kind: "assessment",
    subject: "person",
    assessedOn: day,
    instrument: instrument.code,
    version: instrument.version,
    answers: {},
    assessors: assessor,
    needs: [],
    remark: "",
  };
}

/** What is handed in of a form. */
export function assessmentOf(form: AssessmentForm, subject: Subject): AssessmentInput {
  return {
    ...whomOf(form.subject, subject),
    assessedOn: form.assessedOn,
    instrument: form.instrument,
    version: form.version,
    answers: Object.entries(form.answers).map(([item, value]) => ({ item, value })),
    assessors: namesOf(form.assessors),
    needs: needsOf(form.needs),
    ...textsOf(form, ["remark"]),
  };
}
