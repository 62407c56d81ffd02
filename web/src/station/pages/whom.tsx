import type { PersonForm } from "../forms/person";
import { today } from "../caseload/day";
import { t } from "../i18n";
import type { Live } from "../live";
import { choicesOf } from "../rules/rules";
import { useCell } from "../../shared/ui/cell";
import { type Choice, OneOf, SelectField, TextField } from "../../shared/ui/fields";
import type { Faults } from "./faults";

/** The fields of somebody who is written anew; `at` is where they stand in what is handed in. */
export function PersonFields({
  live,
  at,
  values,
  change,
  faults,
}: {
  live: Live;
  at: string;
  values: PersonForm;
  change: (changed: Partial<PersonForm>) => void;
  faults: Faults;
}) {
  const isNumberless = !values.residentId.trim();
  return (
    <>
      <TextField
        label={t("entry.name")}
        autoComplete="off"
        value={values.name}
        change={(name) => change({ name })}
        fault={faults.get(`${at}.name`)}
      />
      <TextField
        label={t("entry.residentId")}
        autoComplete="off"
        value={values.residentId}
        change={(residentId) => change({ residentId })}
        fault={faults.get(`${at}.residentId`)}
        hint={t("entry.residentIdHint")}
      />
      {isNumberless && <Numberless at={at} values={values} change={change} faults={faults} />}
      <VillageField
        live={live}
        value={values.village}
        change={(village) => change({ village })}
        fault={faults.get(`${at}.village`)}
      />
      <TextField
        label={t("person.address")}
        optional
        autoComplete="off"
        value={values.address}
        change={(address) => change({ address })}
        fault={faults.get(`${at}.address`)}
      />
      <TextField
        label={t("person.phone")}
        optional
        autoComplete="off"
        value={values.phone}
        change={(phone) => change({ phone })}
        fault={faults.get(`${at}.phone`)}
      />
    </>
  );
}

/** What a resident ID would tell, of somebody who has none, and why they have none. */
export function Numberless({
  at,
  values,
  change,
  faults,
}: {
  at: string;
  values: Pick<PersonForm, "noIdReason" | "sex" | "birthDate">;
  change: (changed: Partial<Pick<PersonForm, "noIdReason" | "sex" | "birthDate">>) => void;
  faults: Faults;
}) {
  return (
    <>
      <SelectField
        label={t("entry.noIdReason")}
        choices={[["", t("entry.choose")], ...choicesOf("NoIdReason")]}
        value={values.noIdReason}
        change={(noIdReason) => change({ noIdReason })}
      />
      <OneOf
        label={t("person.sex")}
        choices={[["", t("entry.unknown")], ...choicesOf("Sex")]}
        value={values.sex}
        change={(sex) => change({ sex })}
      />
      <TextField
        label={t("person.born")}
        type="date"
        max={today()}
        optional
        value={values.birthDate}
        change={(birthDate) => change({ birthDate })}
        fault={faults.get(`${at}.birthDate`)}
      />
    </>
  );
}

/** A village of the station's township, by code. */
export function VillageField({
  live,
  value,
  change,
  fault,
}: {
  live: Live;
  value: string;
  change: (code: string) => void;
  fault: string | undefined;
}) {
  const villages = useCell(live.villages).map(({ code, name }): Choice<string> => [code, name]);
  return (
    <SelectField
      label={t("person.village")}
      choices={[["", t("entry.choose")], ...villages]}
      value={value}
      change={change}
      fault={fault}
    />
  );
}
