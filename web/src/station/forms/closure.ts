import type { ClosureReason, LedgerClosureInput, LedgerKind } from "../../generated/hub";
import type { Subject } from "./parts";

/** The closure of someone's entry in a ledger, as it is being written. */
export interface ClosureForm {
  kind: "closure";
  ledger: LedgerKind;
  closedOn: string;
  reason: ClosureReason;
}

export function blankClosure(ledger: LedgerKind, day: string): ClosureForm {
  return { kind: "closure", ledger, closedOn: day, reason: "MOVED_AWAY" };
}

/** What is handed in of a form. */
export function closureOf({ ledger, closedOn, reason }: ClosureForm, { personId }: Subject): LedgerClosureInput {
  return { person: { id: personId }, kind: ledger, closedOn, reason };
}
