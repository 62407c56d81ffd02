import type { ChildForm, DisabledForm, ElderlyForm, EntryForm } from "../forms/entry";
import { today } from "../caseload/day";
import { t } from "../i18n";
import type { Live } from "../live";
import { choicesOf, wordOf } from "../rules/rules";
import { type Choice, LongTextField, OneOf, SomeOf, TextField } from "../../shared/ui/fields";
import type { Faults } from "./faults";
import { Needs } from "./needs";
import { PersonFields } from "./whom";

interface Part<Form> {
  values: Form;
  change: (changed: Partial<Form>) => void;
  faults: Faults;
}

/** The fields of an entry: who, since when, and what its ledger holds. */
export function EntryFields({ live, values, change, faults }: Part<EntryForm> & { live: Live }) {
  const { person } = values;
  return (
    <>
      <p className="muted">{t("closure.ledger", { ledger: wordOf("LedgerKind", values.ledger) })}</p>
      {person && (
        <section className="form">
          <h2>{t("entry.who")}</h2>
          <PersonFields
            live={live}
            at="person"
            values={person}
            change={(changed) => change({ person: { ...person, ...changed } })}
            faults={faults}
          />
        </section>
      )}
      <TextField
        label={t("entry.openedOn")}
        type="date"
        max={today()}
        value={values.openedOn}
        change={(openedOn) => change({ openedOn })}
        fault={faults.get("openedOn")}
      />
      <OneOf
        label={t("entry.risk")}
        choices={[["", t("entry.unknown")], ...choicesOf("Risk")]}
        value={values.risk}
        change={(risk) => change({ risk })}
      />
      <Detail values={values} change={change} faults={faults} />
      <Needs needs={values.needs} change={change} faults={faults} />
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

function Detail({ values, change, faults }: Part<EntryForm>) {
  const { child, elderly, disabled } = values;
  switch (values.ledger) {
    case "CHILD":
      return (
        <ChildFields values={child} change={(part) => change({ child: { ...child, ...part } })} faults={faults} />
      );
    case "ELDERLY":
      return (
        <ElderlyFields
          values={elderly}
          change={(part) => change({ elderly: { ...elderly, ...part } })}
          faults={faults}
        />
      );
    case "DISABLED":
      return (
        <DisabledFields
          values={disabled}
          change={(part) => change({ disabled: { ...disabled, ...part } })}
          faults={faults}
        />
      );
  }
}

function ChildFields({ values, change, faults }: Part<ChildForm>) {
  const fields = ["guardian", "guardianRelation", "guardianPhone", "father", "mother", "school", "grade"] satisfies Text[];
  return (
    <>
      <OneOf
        label={t("entry.childKind")}
        choices={choicesOf("ChildKind")}
        value={values.kind}
        change={(kind) => change({ kind })}
      />
      <Texts detail="child" fields={fields} values={values} change={change} faults={faults} />
    </>
  );
}

function ElderlyFields({ values, change, faults }: Part<ElderlyForm>) {
  return (
    <>
      <OneOf
        label={t("entry.livingArrangement")}
        choices={[["", t("entry.unknown")], ...choicesOf("LivingArrangement")]}
        value={values.livingArrangement}
        change={(livingArrangement) => change({ livingArrangement })}
      />
      <OneOf
        label={t("entry.abilityLevel")}
        choices={[["", t("entry.unknown")], ...choicesOf("AbilityLevel")]}
        value={values.abilityLevel}
        change={(abilityLevel) => change({ abilityLevel })}
      />
      <Texts detail="elderly" fields={["illnesses", "contact", "contactPhone"]} values={values} change={change} faults={faults} />
    </>
  );
}

type Text =
  | ("guardian" | "guardianRelation" | "guardianPhone" | "father" | "mother" | "school" | "grade")
  | ("illnesses" | "contact" | "contactPhone")
  | ("carer" | "carerPhone");

/** Short texts of a ledger's own, none of which has to be there. */
function Texts({
  detail,
  fields,
  values,
  change,
  faults,
}: Part<{ [field in Text]?: string }> & { detail: "child" | "elderly" | "disabled"; fields: readonly Text[] }) {
  return fields.map((field) => (
    <TextField
      key={field}
      label={t(`entry.${field}`)}
      optional
      autoComplete="off"
      value={values[field] ?? ""}
      change={(text) => change({ [field]: text })}
      fault={faults.get(`detail.${detail}.${field}`)}
    />
  ));
}

const GRADES: readonly Choice<string>[] = [
  ["1", "1"],
  ["2", "2"],
  ["3", "3"],
  ["4", "4"],
];

function DisabledFields({ values, change, faults }: Part<DisabledForm>) {
  return (
    <>
      <TextField
        label={t("entry.certificateNo")}
        optional
        autoComplete="off"
        value={values.certificateNo}
        change={(certificateNo) => change({ certificateNo })}
        fault={faults.get("detail.disabled.certificateNo")}
      />
      <OneOf
        label={t("entry.category")}
        choices={choicesOf("DisabilityCategory")}
        value={values.category}
        change={(category) => change({ category })}
        fault={faults.get("detail.disabled.category")}
      />
      <OneOf
        label={t("entry.disabilityGrade")}
        choices={GRADES}
        value={values.grade}
        change={(grade) => change({ grade })}
        fault={faults.get("detail.disabled.grade")}
      />
      <Texts detail="disabled" fields={["carer", "carerPhone"]} values={values} change={change} faults={faults} />
      <SomeOf
        label={t("entry.subsidies")}
        choices={choicesOf("Subsidy")}
        value={values.subsidies}
        change={(subsidies) => change({ subsidies })}
      />
    </>
  );
}
