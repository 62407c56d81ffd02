import { type CorrectionForm, isNumberless, type PersonValues } from "../forms/correction";
import { t } from "../i18n";
import type { Live } from "../live";
import { choicesOf } from "../rules/rules";
import { OneOf, TextField } from "../../shared/ui/fields";
import type { Faults } from "./faults";
import { Numberless, VillageField } from "./whom";

/** The fields of a correction, as the device has them. What is changed is handed in. */
export function CorrectionFields({
  live,
  values: form,
  change,
  faults,
}: {
  live: Live;
  values: CorrectionForm;
  change: (changed: Partial<CorrectionForm>) => void;
  faults: Faults;
}) {
  const { values } = form;
  const set = (part: Partial<PersonValues>) => change({ values: { ...values, ...part } });
  return (
    <>
      <p className="muted">{t("correction.intro")}</p>
      <TextField
        label={t("entry.name")}
        autoComplete="off"
        value={values.name}
        change={(name) => set({ name })}
        fault={faults.get("values.name")}
      />
      <TextField
        label={t("entry.residentId")}
        optional
        autoComplete="off"
        value={values.residentId}
        change={(residentId) => set({ residentId })}
        fault={faults.get("values.residentId")}
        hint={t("correction.residentIdHint")}
      />
      {isNumberless(form) && <Numberless at="values" values={values} change={set} faults={faults} />}
      <VillageField
        live={live}
        value={values.village}
        change={(village) => set({ village })}
        fault={faults.get("values.village")}
      />
      <TextField
        label={t("person.address")}
        optional
        autoComplete="off"
        value={values.address}
        change={(address) => set({ address })}
        fault={faults.get("values.address")}
      />
      <TextField
        label={t("person.phone")}
        optional
        autoComplete="off"
        value={values.phone}
        change={(phone) => set({ phone })}
        fault={faults.get("values.phone")}
      />
      <OneOf
        label={t("person.income")}
        choices={[["", t("entry.unknown")], ...choicesOf("IncomeClass")]}
        value={values.incomeClass}
        change={(incomeClass) => set({ incomeClass })}
      />
    </>
  );
}
