import { type Instrument, type Item, scored } from "../assessment/instrument";
import { useInstruments } from "../assessment/instruments";
import { today } from "../caseload/day";
import type { AssessmentForm } from "../forms/assessment";
import { t, useLanguage } from "../i18n";
import type { Draft } from "../outbox/item";
import { LongTextField, OneOf, TextField } from "../../shared/ui/fields";
import { Busy } from "../../shared/ui/parts";
import { type Faults, faultUnder } from "./faults";
import { Needs } from "./needs";

interface Part {
  values: AssessmentForm;
  change: (changed: Partial<AssessmentForm>) => void;
  faults: Faults;
}

/** The items of an instrument, with score and level as one goes, and what was found besides. */
export function AssessmentFields({ draft, ...part }: Part & { draft: Draft }) {
  const { values, change, faults } = part;
  const language = useLanguage();
  const instruments = useInstruments();
  const instrument = instruments.find(({ code, version }) => code === values.instrument && version === values.version);
  if (!instrument) return <Busy />;
  const maySubject = draft.subject.householdId !== null && instrument.subjects.includes("HOUSEHOLD");
  return (
    <>
      <p className="muted">{instrument.title[language]}</p>
      {maySubject && (
        <OneOf
          label={t("assessment.subject")}
          value={values.subject}
          change={(subject) => change({ subject })}
          choices={[
            ["person", t("visit.person")],
            ["household", t("visit.household")],
          ]}
        />
      )}
      <TextField
        label={t("assessment.assessedOn")}
        type="date"
        max={today()}
        value={values.assessedOn}
        change={(assessedOn) => change({ assessedOn })}
        fault={faults.get("assessedOn")}
      />
      <TextField
        label={t("assessment.assessors")}
        value={values.assessors}
        change={(assessors) => change({ assessors })}
        fault={faultUnder(faults, "assessors")}
      />
      <Groups {...part} instrument={instrument} />
      <Outcome instrument={instrument} values={values} />
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

function Groups({ instrument, values, change, faults }: Part & { instrument: Instrument }) {
  const language = useLanguage();
  const answer = (item: Item, value: number) =>
    change({ answers: { ...values.answers, [item.code]: value } });
  return instrument.groups.map((group) => (
    <section key={group.code} className="form">
      <h2>{group.label[language]}</h2>
      {group.items.map((item) => (
        <ItemField
          key={item.code}
          item={item}
          value={values.answers[item.code]}
          change={(value) => answer(item, value)}
          fault={faults.get(`answers.${item.code}`)}
        />
      ))}
    </section>
  ));
}

function ItemField({
  item,
  value,
  change,
  fault,
}: {
  item: Item;
  value: number | undefined;
  change: (value: number) => void;
  fault: string | undefined;
}) {
  const language = useLanguage();
  const worded = (points: number | null, label: string) =>
    points === null ? label : t("assessment.option", { label, points });
  return (
    <OneOf
      label={item.label[language]}
      value={String(value)}
      change={(chosen) => change(Number(chosen))}
      choices={item.options.map(({ value, points, label }) => [String(value), worded(points, label[language])] as const)}
      isList
      fault={fault}
    />
  );
}

/** Score and level of the answers so far. The hub reckons both anew. */
function Outcome({ instrument, values }: { instrument: Instrument; values: AssessmentForm }) {
  const language = useLanguage();
  const { score, level, raisedBy, missing } = scored(instrument, values.answers);
  const isWhole = missing.length === 0;
  return (
    <section className="panel" aria-live="polite">
      <h2>{t("assessment.outcome")}</h2>
      <p>{t("assessment.score", { score, maximum: instrument.maximum })}</p>
      {isWhole && level ? (
        <p className="name">{level.label[language]}</p>
      ) : (
        <p className="muted">{t("assessment.missing", { count: missing.length })}</p>
      )}
      {isWhole && raisedBy.map((label) => <p key={label.zh} className="small muted">{label[language]}</p>)}
    </section>
  );
}
