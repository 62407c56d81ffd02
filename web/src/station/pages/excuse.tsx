import type { ExcuseForm } from "../forms/excuse";
import { t } from "../i18n";
import { choicesOf } from "../rules/rules";
import { LongTextField, OneOf, TextField } from "../../shared/ui/fields";
import { type Faults, faultUnder } from "./faults";

/** The fields of an excuse. */
export function ExcuseFields({
  values,
  change,
  faults,
}: {
  values: ExcuseForm;
  change: (changed: Partial<ExcuseForm>) => void;
  faults: Faults;
}) {
  return (
    <>
      <p className="muted">{t("excuse.intro")}</p>
      <OneOf
        label={t("excuse.reason")}
        choices={choicesOf("ExcuseReason")}
        value={values.reason}
        change={(reason) => change({ reason })}
      />
      <div className="pair">
        <TextField
          label={t("excuse.firstOn")}
          type="date"
          value={values.firstOn}
          change={(firstOn) => change({ firstOn })}
          fault={faults.get("firstOn")}
        />
        <TextField
          label={t("excuse.lastOn")}
          type="date"
          min={values.firstOn}
          value={values.lastOn}
          change={(lastOn) => change({ lastOn })}
          fault={faults.get("lastOn")}
        />
      </div>
      <TextField
        label={t("visit.workers")}
        value={values.workers}
        change={(workers) => change({ workers })}
        fault={faultUnder(faults, "workers")}
      />
      <LongTextField
        label={t("visit.remark")}
        optional
        value={values.remark}
        change={(remark) => change({ remark })}
        fault={faults.get("remark")}
      />
    </>
  );
}
