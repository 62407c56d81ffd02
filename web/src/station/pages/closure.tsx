import { today } from "../caseload/day";
import type { ClosureForm } from "../forms/closure";
import { t } from "../i18n";
import { choicesOf, wordOf } from "../rules/rules";
import { OneOf, TextField } from "../../shared/ui/fields";
import type { Faults } from "./faults";

/** The fields of a closure. Of which ledger it is, was chosen when it was begun. */
export function ClosureFields({
  values,
  change,
  faults,
}: {
  values: ClosureForm;
  change: (changed: Partial<ClosureForm>) => void;
  faults: Faults;
}) {
  return (
    <>
      <p className="muted">{t("closure.ledger", { ledger: wordOf("LedgerKind", values.ledger) })}</p>
      <OneOf
        label={t("closure.reason")}
        choices={choicesOf("ClosureReason")}
        value={values.reason}
        change={(reason) => change({ reason })}
      />
      <TextField
        label={t("closure.closedOn")}
        type="date"
        max={today()}
        value={values.closedOn}
        change={(closedOn) => change({ closedOn })}
        fault={faults.get("closedOn")}
      />
    </>
  );
}
