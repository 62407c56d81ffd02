import type { ExcuseInput, ExcuseReason } from "../../generated/hub";
import { namesOf, type Subject, textsOf } from "./parts";

/** That someone cannot be visited for some time, as it is being written. */
export interface ExcuseForm {
  kind: "excuse";
  reason: ExcuseReason;
  firstOn: string;
  lastOn: string;
  workers: string;
  remark: string;
}

export function blankExcuse(firstOn: string, worker: string): ExcuseForm {
  return { kind: "excuse", reason: "AWAY", firstOn, lastOn: "", workers: worker, remark: "" };
}

/** What is handed in of a form. */
export function excuseOf(form: ExcuseForm, { personId }: Subject): ExcuseInput {
  const { reason, firstOn, lastOn } = form;
  const workers = namesOf(form.workers);
  return { person: { id: personId }, reason, firstOn, lastOn, workers, ...textsOf(form, ["remark"]) };
}
