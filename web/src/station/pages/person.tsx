import type { ReactNode } from "react";
import { useLocation } from "wouter";
import type { CasePersonFragment } from "../../generated/hub";
import { suits } from "../assessment/instrument";
import { newestOf, useInstruments } from "../assessment/instruments";
import type { Case } from "../caseload/case";
import { ageOn, inWords, today } from "../caseload/day";
import { blankAssessment } from "../forms/assessment";
import { blankClosure } from "../forms/closure";
import { blankCorrection } from "../forms/correction";
import { blankEntry } from "../forms/entry";
import { blankExcuse } from "../forms/excuse";
import { type Form, isAlike } from "../forms/form";
import { blankHousehold, householdForm, isWhole, subjectOfHousehold } from "../forms/household";
import { type Subject, subjectOf } from "../forms/parts";
import { t, useLanguage } from "../i18n";
import type { Live } from "../live";
import { choicesOf, wordOf } from "../rules/rules";
import { useCell } from "../../shared/ui/cell";
import { Empty, Heading } from "../../shared/ui/parts";
import { blankVisit } from "../forms/visit";
import { DueTag, whyDue } from "./cards";

/** Someone of the list, and the way to a record of a visit. */
export function Person({ live, id }: { live: Live; id: string }) {
  const one = useCell(live.cases).find((other) => other.id === id);
  if (!one) return <Gone />;
  const { person } = one;
  return (
    <div className="page narrow">
      <div className="head">
        <Heading>{person.name}</Heading>
        <DueTag one={one} />
      </div>
      <p className="muted">{whyDue(one)}</p>
      <Actions live={live} one={one} />
      <About person={person} />
      <Ledgers person={person} />
      <Needs person={person} />
      <LastVisit person={person} />
      <Assessment person={person} />
      <Others live={live} one={one} />
    </div>
  );
}

function Gone() {
  return (
    <div className="page">
      <Heading>{t("people.title")}</Heading>
      <Empty title={t("person.gone")} hint={t("person.goneHint")} />
    </div>
  );
}

function Actions({ live, one }: { live: Live; one: Case }) {
  const { name } = live.account;
  return (
    <div className="actions">
      <Begin live={live} one={one} blank={() => blankVisit(today(), name)} />
      {one.person.phone && (
        <a className="button" href={`tel:${one.person.phone}`}>
          {t("person.call")}
        </a>
      )}
      <Assess live={live} one={one} />
    </div>
  );
}

/** Begins a form, or goes on with the one that was begun. */
function Begin({
  live,
  one,
  blank,
  words,
  subject = subjectOf(one),
}: {
  live: Live;
  one: Case;
  blank: () => Form;
  words?: string;
  subject?: Subject;
}) {
  const [, go] = useLocation();
  const fresh = blank();
  const open = useCell(live.drafts).find(
    (draft) => draft.subject.personId === subject.personId && isAlike(draft.form, fresh),
  );
  const label = words ?? t(`${fresh.kind}.begin`);
  const begin = () => {
    const id = open?.id ?? crypto.randomUUID();
    const changedAt = new Date().toISOString();
    if (!open) live.keepDraft({ id, subject, form: fresh, changedAt, problems: [] });
    go(`/drafts/${id}`);
  };
  return (
    <button type="button" className={fresh.kind === "visit" ? "button strong" : "button"} onClick={begin}>
      {open ? t("person.resume", { words: label }) : label}
    </button>
  );
}

/** What is not done at every visit. */
function Others({ live, one }: { live: Live; one: Case }) {
  const { birthDate } = one.person;
  const isAdult = birthDate ? ageOn(birthDate, today()) >= 18 : false;
  const held = one.person.ledgerEntries.nodes.map(({ kind }) => kind);
  const others = choicesOf("LedgerKind").filter(([kind]) => !held.includes(kind) && !(kind === "CHILD" && isAdult));
  return (
    <Panel title={t("person.others")}>
      <div className="actions">
        <Begin live={live} one={one} blank={() => blankExcuse(today(), live.account.name)} />
        <Begin live={live} one={one} blank={() => blankCorrection(one.person)} />
        <Home live={live} one={one} />
        {others.map(([kind, ledger]) => (
          <Begin
            key={kind}
            live={live}
            one={one}
            blank={() => blankEntry(kind, today(), true)}
            words={t("entry.begin", { ledger })}
          />
        ))}
        {held.map((kind) => (
          <Begin
            key={kind}
            live={live}
            one={one}
            blank={() => blankClosure(kind, today())}
            words={t("closure.begin", { ledger: wordOf("LedgerKind", kind) })}
          />
        ))}
      </div>
    </Panel>
  );
}

/** Begins the household of somebody who has none, or changes the one they have. */
function Home({ live, one }: { live: Live; one: Case }) {
  const { household } = one.person;
  if (!household) {
    return <Begin live={live} one={one} blank={() => blankHousehold(one.person)} />;
  }
  if (!isWhole(household)) return <p className="small muted">{t("household.tooMany")}</p>;
  return (
    <Begin
      live={live}
      one={one}
      blank={() => householdForm(household)}
      subject={subjectOfHousehold(householdForm(household), household.id)}
      words={t("household.change")}
    />
  );
}

/** The instruments that are made for somebody of their age. */
function Assess({ live, one }: { live: Live; one: Case }) {
  const chosen = useLanguage();
  const instruments = newestOf(useInstruments());
  const { birthDate } = one.person;
  const age = birthDate ? ageOn(birthDate, today()) : undefined;
  const suitable = instruments.filter((instrument) => suits(instrument, age));
  return suitable.map((instrument) => (
    <Begin
      key={instrument.code}
      live={live}
      one={one}
      blank={() => blankAssessment(instrument, today(), live.account.name)}
      words={instrument.title[chosen]}
    />
  ));
}

function Panel({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="panel">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Facts({ facts }: { facts: (readonly [string, string | null | undefined])[] }) {
  const known = facts.filter(([, value]) => value);
  return (
    <dl>
      {known.map(([name, value]) => (
        <div key={name} className="fact">
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function About({ person }: { person: CasePersonFragment }) {
  const { birthDate, household } = person;
  const age = birthDate && t("person.age", { day: inWords(birthDate), age: ageOn(birthDate, today()) });
  return (
    <Panel title={t("person.about")}>
      <Facts
        facts={[
          [t("person.sex"), person.sex && wordOf("Sex", person.sex)],
          [t("person.born"), age],
          [t("person.village"), person.division?.name],
          [t("person.address"), person.address],
          [t("person.phone"), person.phone],
          [t("person.income"), person.incomeClass && wordOf("IncomeClass", person.incomeClass)],
          [
            t("person.household"),
            household?.head && t("person.householdOf", { name: household.head.name ?? "" }),
          ],
        ]}
      />
    </Panel>
  );
}

function Ledgers({ person }: { person: CasePersonFragment }) {
  return (
    <Panel title={t("person.ledgers")}>
      <ul className="cards">
        {person.ledgerEntries.nodes.map((entry) => (
          <li key={entry.kind}>
            <div className="tags">
              <span className="tag accent">{wordOf("LedgerKind", entry.kind)}</span>
              {entry.risk && (
                <span className="tag caution">{t("person.risk", { risk: wordOf("Risk", entry.risk) })}</span>
              )}
              <span className="muted">{t("person.since", { day: inWords(entry.openedOn) })}</span>
            </div>
            {entry.remark && <p>{entry.remark}</p>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Needs({ person }: { person: CasePersonFragment }) {
  if (person.needs.nodes.length === 0) return null;
  return (
    <Panel title={t("person.needs")}>
      <ul className="cards">
        {person.needs.nodes.map((need, i) => (
          <li key={i}>
            <div className="tags">
              {need.domain && <strong>{wordOf("NeedDomain", need.domain)}</strong>}
              {need.urgency && <span className="tag caution">{wordOf("Urgency", need.urgency)}</span>}
              <span className="muted">{t("person.raised", { day: inWords(need.raisedOn) })}</span>
            </div>
            {need.remark && <p>{need.remark}</p>}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function LastVisit({ person }: { person: CasePersonFragment }) {
  const visit = person.newestVisit;
  if (!visit) return null;
  const services = visit.services?.map((service) => wordOf("Service", service)).join("、");
  return (
    <Panel title={t("person.lastVisit")}>
      <Facts
        facts={[
          [t("visit.visitedOn"), inWords(visit.visitedOn)],
          [t("visit.mode"), wordOf("VisitMode", visit.mode)],
          [t("person.by"), visit.workers.join("、")],
          [t("visit.met"), visit.met],
          [t("visit.living"), visit.living],
          [t("visit.body"), visit.body],
          [t("visit.mind"), visit.mind],
          [t("visit.services"), services],
          [t("visit.nextVisitOn"), visit.nextVisitOn && inWords(visit.nextVisitOn)],
          [t("visit.remark"), visit.remark],
        ]}
      />
    </Panel>
  );
}

function Assessment({ person }: { person: CasePersonFragment }) {
  const newest = person.newestAssessment;
  if (!newest) return null;
  return (
    <Panel title={t("person.assessment")}>
      <p>
        {[newest.instrument?.title, newest.levelName, inWords(newest.assessedOn)].filter(Boolean).join(" · ")}
      </p>
    </Panel>
  );
}
