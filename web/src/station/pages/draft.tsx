import { type FormEvent, useMemo, useRef, useState } from "react";
import { useLocation } from "wouter";
import { scored } from "../assessment/instrument";
import { useInstruments } from "../assessment/instruments";
import { today } from "../caseload/day";
import { useNewerEntry } from "../caseload/entries";
import { contentOf, type Form, subjectWritten } from "../forms/form";
import { type Newer as NewerOf, newerThan } from "../forms/newer";
import { t, useLanguage } from "../i18n";
import type { Live } from "../live";
import type { Draft as DraftOf } from "../outbox/item";
import { check, type Problem, sentenceOf } from "../rules/check";
import { rules } from "../rules/rules";
import { useCell } from "../../shared/ui/cell";
import { Empty, Heading, Notice } from "../../shared/ui/parts";
import { hintNext, toNext } from "../ui/enter";
import { AssessmentFields } from "./assessment";
import { ClosureFields } from "./closure";
import { CorrectionFields } from "./correction";
import { EntryFields } from "./entry";
import { ExcuseFields } from "./excuse";
import { type Faults, faultsOf } from "./faults";
import { Headed, isHeaded } from "./headed";
import { HouseholdFields } from "./household";
import { Newer } from "./newer";
import { VisitFields } from "./visit";

/** Something that is being written, until it is handed in. */
export function Draft({ live, id }: { live: Live; id: string }) {
  const draft = useCell(live.drafts).find((other) => other.id === id);
  if (draft) return <Page live={live} draft={draft} />;
  return (
    <div className="page">
      <Heading>{t("outbox.title")}</Heading>
      <Empty title={t("visit.gone")} hint={t("visit.goneHint")} />
    </div>
  );
}

function Page({ live, draft }: { live: Live; draft: DraftOf }) {
  const [, go] = useLocation();
  const page = useRef<HTMLFormElement>(null);
  const [asked, setAsked] = useState(draft.problems.length > 0);
  const [busy, setBusy] = useState(false);
  const isTaking = useCell(live.taking) > 0;
  const { form, subject } = draft;
  const newerEntry = useNewerEntry(live, draft);
  const newer = newerThan(form, subject, useCell(live.cases)) ?? newerEntry;
  const found = useProblems(draft, newer);
  // What the hub refused it for is told until it is handed in anew; what is found here too, once.
  const told = draft.problems.filter(({ code, path }) => !found.some((one) => one.code === code && one.path === path));
  const problems = asked ? [...found, ...told].map((problem) => inPlainWords(problem, draft)) : [];
  const faults = faultsOf(problems);

  function change(changed: Partial<Form>, told = draft.problems) {
    const changedAt = new Date().toISOString();
    const next = { ...form, ...changed } as Form;
    live.keepDraft({ ...draft, form: next, subject: subjectWritten(next, subject), changedAt, problems: told });
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (found.length > 0) {
      setAsked(true);
      requestAnimationFrame(() => page.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus());
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
    <form
      ref={page}
      className="page narrow form"
      onSubmit={submit}
      onFocusCapture={hintNext}
      onKeyDown={toNext}
      noValidate
    >
      <Heading>{t(`${form.kind}.title`, { name: subject.name || t("entry.someone") })}</Heading>
      {problems.length > 0 && <Problems problems={problems} />}
      {form.kind === "household" && isHeaded(draft) && <Headed live={live} draft={draft} form={form} />}
      {newer && <Newer live={live} mine={form} newer={newer} merge={() => change(newer.merged, [])} />}
      <Fields live={live} draft={draft} change={change} faults={faults} />
      <p>
        <button type="button" className="button plain" disabled={isTaking} onClick={discard}>
          {t("visit.discard")}
        </button>
      </p>
      <div className="closing">
        <Kept live={live} />
        <button className="button strong wide" disabled={busy || isTaking}>
          {t("visit.submit")}
        </button>
      </div>
    </form>
  );
}

function Fields({
  live,
  draft,
  change,
  faults,
}: {
  live: Live;
  draft: DraftOf;
  change: (changed: Partial<Form>) => void;
  faults: Faults;
}) {
  const { form } = draft;
  switch (form.kind) {
    case "visit":
      return <VisitFields live={live} draft={draft} values={form} change={change} faults={faults} />;
    case "assessment":
      return <AssessmentFields draft={draft} values={form} change={change} faults={faults} />;
    case "entry":
      return <EntryFields live={live} values={form} change={change} faults={faults} />;
    case "closure":
      return <ClosureFields values={form} change={change} faults={faults} />;
    case "excuse":
      return <ExcuseFields values={form} change={change} faults={faults} />;
    case "household":
      return <HouseholdFields live={live} values={form} change={change} faults={faults} />;
    case "correction":
      return <CorrectionFields live={live} values={form} change={change} faults={faults} />;
  }
}

/** What the hub says of a field in English in both languages, or of a version that nobody here has seen. */
function inPlainWords(problem: Problem, draft: DraftOf): Problem {
  if (problem.code === "VERSION_OUTDATED" && isHeaded(draft)) {
    return { ...problem, message: t("headed.fault", { name: draft.subject.name }) };
  }
  const isVillage = problem.code === "VALUE_MISSING" && problem.path.endsWith(".village");
  return isVillage ? { ...problem, message: t("entry.villageMissing") } : problem;
}

/** What the hub would find wrong with it, as far as can be told here. */
function useProblems({ form, subject }: DraftOf, newer: NewerOf | undefined): Problem[] {
  const language = useLanguage();
  const instruments = useInstruments();
  const version = newer?.version;
  return useMemo(() => {
    const content = contentOf(form, subject);
    const found = check(rules, content, today(), language);
    if (version) {
      const message = sentenceOf(rules, "VERSION_OUTDATED", String(version), language);
      return [{ code: "VERSION_OUTDATED", path: "basedOn", message }, ...found];
    }
    // The hub would take it, and make a version of it that says nothing new.
    if (content.personCorrection && Object.keys(content.personCorrection.values).length === 0) {
      return [{ code: "NOTHING_CHANGED", path: "values", message: t("correction.nothing") }];
    }
    if (form.kind !== "assessment") return found;
    const instrument = instruments.find(({ code, version }) => code === form.instrument && version === form.version);
    const missing = instrument ? scored(instrument, form.answers).missing : [];
    const unanswered = missing.map(({ code, label }) => {
      const message = sentenceOf(rules, "ANSWER_MISSING", label[language], language);
      return { code: "ANSWER_MISSING", path: `answers.${code}`, message };
    });
    return [...unanswered, ...found];
  }, [form, subject, language, instruments, version]);
}

/** So many problems are told in words above the form; each is at its field. */
const SHOWN = 5;

/** What is wrong with the whole, for whoever does not see the fields; each is at its field too. */
function Problems({ problems }: { problems: Problem[] }) {
  return (
    <Notice kind="alert">
      <strong>{t("visit.faults", { count: problems.length })}</strong>
      <ul>
        {problems.slice(0, SHOWN).map(({ path, message }) => (
          <li key={path + message}>{message}</li>
        ))}
      </ul>
    </Notice>
  );
}

function Kept({ live }: { live: Live }) {
  const unkept = useCell(live.unkept);
  const isTaking = useCell(live.taking) > 0;
  if (isTaking) return <p className="status">{t("photo.taking")}</p>;
  return <p className="status">{t(unkept > 0 ? "visit.saving" : "visit.saved")}</p>;
}
