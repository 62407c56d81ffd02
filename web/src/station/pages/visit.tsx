import { type FormEvent, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import type { NeedDomain } from "../../generated/hub";
import { today } from "../caseload/day";
import { t, useLanguage } from "../i18n";
import type { Live } from "../live";
import type { Draft } from "../outbox/item";
import { check, type Problem } from "../rules/check";
import { choicesOf, rules, wordOf } from "../rules/rules";
import { useCell } from "../ui/cell";
import { type Choice, LongTextField, OneOf, SelectField, SomeOf, TextField } from "../ui/fields";
import { Empty, Heading, Notice } from "../ui/parts";
import { contentOf, type VisitForm } from "../visit/form";

export function Visit({ live, id }: { live: Live; id: string }) {
  const draft = useCell(live.drafts).find((other) => other.id === id);
  if (draft) return <Form live={live} draft={draft} />;
  return (
    <div className="page">
      <Heading>{t("outbox.title")}</Heading>
      <Empty title={t("visit.gone")} hint={t("visit.goneHint")} />
    </div>
  );
}

/** Of each path, the first thing that is wrong with it. */
type Faults = Map<string, string>;

function faultsOf(problems: Problem[]): Faults {
  return new Map(problems.map(({ path, message, repair }) => {
    const advice = repair ? ` ${t("outbox.repair", { value: repair })}` : "";
    return [path, message + advice] as const;
  }).reverse());
}

function Form({ live, draft }: { live: Live; draft: Draft }) {
  const [, go] = useLocation();
  const language = useLanguage();
  const form = useRef<HTMLFormElement>(null);
  const [asked, setAsked] = useState(draft.problems.length > 0);
  const [busy, setBusy] = useState(false);
  const { form: values, subject } = draft;
  const found = useMemo(
    () => check(rules, contentOf(values, subject), today(), language),
    [values, subject, language],
  );
  // What the hub refused it for is told until the visit is handed in anew.
  const problems = asked ? [...found, ...draft.problems] : [];
  const faults = faultsOf(problems);

  function change(changed: Partial<VisitForm>) {
    const changedAt = new Date().toISOString();
    live.keepDraft({ ...draft, form: { ...values, ...changed }, changedAt });
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (found.length > 0) {
      setAsked(true);
      requestAnimationFrame(() => form.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus());
      return;
    }
    setBusy(true);
    if (await live.handIn(draft)) go("/outbox", { replace: true });
    else setBusy(false);
  }

  async function discard() {
    if (!confirm(t("visit.discardAsk"))) return;
    await live.dropDraft(draft.id);
    go("/", { replace: true });
  }

  return (
    <form ref={form} className="page narrow form" onSubmit={submit} noValidate>
      <Heading>{t("visit.title", { name: subject.name })}</Heading>
      {problems.length > 0 && <Problems problems={problems} />}
      <When draft={draft} change={change} faults={faults} />
      <Seen values={values} change={change} faults={faults} />
      <SomeOf
        label={t("visit.services")}
        choices={choicesOf("Service")}
        value={values.services}
        change={(services) => change({ services })}
      />
      <Met live={live} draft={draft} change={change} />
      <Needs values={values} change={change} faults={faults} />
      <More values={values} change={change} faults={faults} />
      <p>
        <button type="button" className="button plain" onClick={discard}>
          {t("visit.discard")}
        </button>
      </p>
      <div className="closing">
        <Kept live={live} />
        <button className="button strong wide" disabled={busy}>
          {t("visit.submit")}
        </button>
      </div>
    </form>
  );
}

/** What is wrong with the whole, for whoever does not see the fields; each is at its field too. */
function Problems({ problems }: { problems: Problem[] }) {
  return (
    <Notice kind="alert">
      <strong>{t("visit.faults", { count: problems.length })}</strong>
      <ul>
        {problems.map(({ path, message }) => (
          <li key={path + message}>{message}</li>
        ))}
      </ul>
    </Notice>
  );
}

function Kept({ live }: { live: Live }) {
  const unkept = useCell(live.unkept);
  return <p className="status">{t(unkept > 0 ? "visit.saving" : "visit.saved")}</p>;
}

interface Part {
  values: VisitForm;
  change: (changed: Partial<VisitForm>) => void;
  faults: Faults;
}

function When({ draft, change, faults }: { draft: Draft } & Omit<Part, "values">) {
  const { form: values, subject } = draft;
  return (
    <>
      {subject.householdId && (
        <OneOf
          label={t("visit.subject")}
          value={values.subject}
          change={(chosen) => change({ subject: chosen })}
          hint={values.subject === "household" ? t("visit.householdHint") : undefined}
          choices={[
            ["person", t("visit.person")],
            ["household", t("visit.household")],
          ]}
        />
      )}
      <OneOf
        label={t("visit.mode")}
        choices={choicesOf("VisitMode")}
        value={values.mode}
        change={(mode) => change({ mode })}
      />
      <div className="pair">
        <TextField
          label={t("visit.visitedOn")}
          type="date"
          max={today()}
          value={values.visitedOn}
          change={(visitedOn) => change({ visitedOn })}
          fault={faults.get("visitedOn")}
        />
        <TextField
          label={t("visit.minutes")}
          inputMode="numeric"
          optional
          value={values.minutes}
          change={(minutes) => change({ minutes })}
          fault={faults.get("minutes")}
        />
      </div>
      <TextField
        label={t("visit.workers")}
        value={values.workers}
        change={(workers) => change({ workers })}
        fault={faultUnder(faults, "workers")}
      />
      <TextField
        label={t("visit.met")}
        optional
        value={values.met}
        change={(met) => change({ met })}
        fault={faults.get("met")}
      />
    </>
  );
}

/** The first fault of a field or of one of its rows. */
function faultUnder(faults: Faults, field: string): string | undefined {
  const path = [...faults.keys()].find((path) => path === field || path.startsWith(`${field}[`));
  return path && faults.get(path);
}

function Seen({ values, change, faults }: Part) {
  return (["living", "body", "mind"] as const).map((field) => (
    <LongTextField
      key={field}
      label={t(`visit.${field}`)}
      optional
      value={values[field]}
      change={(text) => change({ [field]: text })}
      fault={faults.get(field)}
    />
  ));
}

/** Which of the open needs were met. */
function Met({ live, draft, change }: { live: Live; draft: Draft; change: Part["change"] }) {
  const one = useCell(live.cases).find(({ id }) => id === draft.subject.personId);
  const open = one?.person.needs.nodes.flatMap(({ domain }) => (domain ? [domain] : [])) ?? [];
  const listed = [...new Set([...open, ...draft.form.needsMet])];
  if (listed.length === 0) return null;
  const choices = listed.map((domain): Choice<NeedDomain> => [domain, wordOf("NeedDomain", domain)]);
  return (
    <SomeOf
      label={t("visit.needsMet")}
      choices={choices}
      value={draft.form.needsMet}
      change={(needsMet) => change({ needsMet })}
    />
  );
}

function Needs({ values, change, faults }: Part) {
  const { needs } = values;
  const changed = (at: number, part: Partial<VisitForm["needs"][number]>) =>
    change({ needs: needs.map((need, i) => (i === at ? { ...need, ...part } : need)) });
  const add = () => change({ needs: [...needs, { domain: "SUPPLIES", urgency: "NORMAL", remark: "" }] });
  return (
    <section className="form">
      <h2>{t("visit.needs")}</h2>
      {needs.map((need, i) => (
        <fieldset key={i} className="panel">
          <legend className="hidden">{t("visit.need", { n: i + 1 })}</legend>
          <SelectField
            label={t("visit.needDomain")}
            choices={choicesOf("NeedDomain")}
            value={need.domain}
            change={(domain) => changed(i, { domain })}
          />
          <OneOf
            label={t("visit.needUrgency")}
            choices={choicesOf("Urgency")}
            value={need.urgency}
            change={(urgency) => changed(i, { urgency })}
          />
          <LongTextField
            label={t("visit.needRemark")}
            optional
            value={need.remark}
            change={(remark) => changed(i, { remark })}
            fault={faultUnder(faults, `needs[${i}].remark`)}
          />
          <button
            type="button"
            className="button plain"
            aria-label={t("visit.needRemove", { n: i + 1 })}
            onClick={() => change({ needs: needs.filter((_, at) => at !== i) })}
          >
            {t("common.remove")}
          </button>
        </fieldset>
      ))}
      <button type="button" className="button" onClick={add}>
        {t("visit.needAdd")}
      </button>
    </section>
  );
}

function More({ values, change, faults }: Part) {
  return (
    <>
      <div className="pair">
        <TextField
          label={t("visit.nextVisitOn")}
          type="date"
          optional
          min={values.visitedOn}
          value={values.nextVisitOn}
          change={(nextVisitOn) => change({ nextVisitOn })}
          fault={faults.get("nextVisitOn")}
        />
        <TextField
          label={t("visit.place")}
          optional
          value={values.place}
          change={(place) => change({ place })}
          fault={faults.get("place")}
        />
      </div>
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
