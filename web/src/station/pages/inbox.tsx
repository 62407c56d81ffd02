import { Link, useLocation } from "wouter";
import { inWords, moment, nearness, today } from "../caseload/day";
import { householdOf, isAnswered, isEntry, isPerson, openEntry, personOf, type Returned } from "../caseload/returned";
import { blankCorrection } from "../forms/correction";
import { entryAgain } from "../forms/entry";
import { type Form, isAlike } from "../forms/form";
import { type Subject, subjectOf } from "../forms/parts";
import { t } from "../i18n";
import type { Live } from "../live";
import { wordOf } from "../rules/rules";
import { useCell } from "../../shared/ui/cell";
import { Empty, Heading } from "../../shared/ui/parts";

/** What came back: records that tables were returned for, and what the hub did not take. */
export function Inbox({ live }: { live: Live }) {
  const returned = useCell(live.returned);
  const refused = useCell(live.items).filter(({ state }) => state.is === "refused" || state.is === "conflict");
  return (
    <div className="page">
      <Heading>{t("inbox.title")}</Heading>
      {returned.length + refused.length === 0 && <Empty title={t("inbox.empty")} hint={t("inbox.emptyHint")} />}
      <ul className="cards">
        {returned.map((one) => (
          <li key={one.signature.id} className="card">
            <ReturnedCard live={live} one={one} />
          </li>
        ))}
      </ul>
      {refused.length > 0 && (
        <section className="form">
          <h2>{t("inbox.refused")}</h2>
          <ul className="cards">
            {refused.map(({ id, form, subject, state }) => (
              <li key={id}>
                <Link href="/outbox" className="card">
                  <span className="name">{t(`outbox.${form.kind}`, { name: subject.name })}</span>
                  <span className="small fault">{t(`outbox.${state.is}`)}</span>
                </Link>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function ReturnedCard({ live, one }: { live: Live; one: Returned }) {
  const { signature, table } = one;
  const { answerBy, returnedAt, returnedBy, reason } = signature;
  const answered = isAnswered(one, useCell(live.items));
  const late = answerBy !== null && answerBy < today();
  return (
    <>
      <div className="top">
        <span className="name">{inFewWords(one)}</span>
        {answerBy && <span className={late ? "tag alert" : "tag caution"}>{nearness(answerBy)}</span>}
      </div>
      <p>{reason}</p>
      <p className="small muted">
        {t("inbox.by", {
          who: returnedBy ?? t("inbox.officer"),
          when: returnedAt ? moment(returnedAt) : "",
          table: table?.title ?? "",
          month: inWords(one.firstDay),
        })}
      </p>
      {answerBy && <p className="small muted">{t("inbox.answerBy", { day: inWords(answerBy) })}</p>}
      {answered && <p className="small muted">{t("inbox.answered")}</p>}
      <Answer live={live} one={one} />
    </>
  );
}

/** The record, by what it is and whom it is about. */
function inFewWords(one: Returned): string {
  const { record } = one.signature;
  const name = nameOf(one);
  if (!record) return name;
  if (isEntry(record)) return t("inbox.entry", { name, ledger: wordOf("LedgerKind", record.kind) });
  if ("visitedOn" in record) return t("inbox.visit", { name, day: inWords(record.visitedOn) });
  if ("assessedOn" in record) return t("inbox.assessment", { name, day: inWords(record.assessedOn) });
  if ("domain" in record && record.domain) {
    return t("inbox.need", { name, domain: wordOf("NeedDomain", record.domain) });
  }
  return t("inbox.person", { name });
}

function nameOf(one: Returned): string {
  const household = householdOf(one);
  if (!household) return personOf(one)?.name ?? t("inbox.someone");
  return household.head?.name ? t("inbox.householdOf", { name: household.head.name }) : t("inbox.household");
}

/** The way to answer: the form of the record, or the page of whom it is about. */
function Answer({ live, one }: { live: Live; one: Returned }) {
  const begin = useBegin(live);
  const household = householdOf(one);
  const person = personOf(one) ?? household?.head;
  const listed = useCell(live.cases).find(({ id }) => id === person?.id);
  const entry = openEntry(one);
  if (!person && !household) return <p className="small muted">{t("inbox.unseen")}</p>;
  if (person && entry) {
    const subject = listed ? subjectOf(listed) : { personId: person.id, householdId: null, name: person.name ?? "" };
    return <Actions words={t("inbox.mend")} act={() => begin(subject, entryAgain(entry))} />;
  }
  if (isPerson(one) && !listed) return <p className="small muted">{t("inbox.unlisted")}</p>;
  if (isPerson(one) && listed) {
    return <Actions words={t("inbox.mend")} act={() => begin(subjectOf(listed), blankCorrection(listed.person))} />;
  }
  return (
    <>
      <p className="small muted">{t("inbox.event")}</p>
      {listed && (
        <p>
          <Link href={`/people/${listed.id}`} className="button">
            {t("inbox.open", { name: listed.person.name ?? "" })}
          </Link>
        </p>
      )}
    </>
  );
}

function Actions({ words, act }: { words: string; act: () => void }) {
  return (
    <div className="actions">
      <button type="button" className="button" onClick={act}>
        {words}
      </button>
    </div>
  );
}

/** Begins a form about somebody, or goes on with one of the same matter that was begun. */
function useBegin(live: Live) {
  const [, go] = useLocation();
  const drafts = useCell(live.drafts);
  return (subject: Subject, form: Form) => {
    const open = drafts.find((draft) => draft.subject.personId === subject.personId && isAlike(draft.form, form));
    const id = open?.id ?? crypto.randomUUID();
    if (!open) live.keepDraft({ id, subject, form, changedAt: new Date().toISOString(), problems: [] });
    go(`/drafts/${id}`);
  };
}
