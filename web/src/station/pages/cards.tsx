import { Link } from "wouter";
import { type Case, riskOf } from "../caseload/case";
import { inWords, nearness, today } from "../caseload/day";
import { t } from "../i18n";
import { wordOf } from "../rules/rules";

/** What the device knows of someone beside the list: that something of them is under way. */
export interface UnderWay {
  drafts: Set<string>;
  queued: Set<string>;
}

export function isOverdue({ due }: Case): boolean {
  return due.overdue || (due.state === "DUE" && due.dueOn < today());
}

/** Someone of the list: how near their visit is, why, when the last one was, what they need. */
export function PersonCard({ one, under }: { one: Case; under: UnderWay }) {
  const { person } = one;
  const needs = person.needs.nodes.length;
  return (
    <Link href={`/people/${one.id}`} className="card">
      <div className="top">
        <span className="name">{person.name}</span>
        <DueTag one={one} />
      </div>
      <p className="small muted">{whyDue(one)}</p>
      <p className="small muted">{lastVisit(one)}</p>
      <div className="tags">
        {needs > 0 && <span className="tag caution">{t("due.needs", { count: needs })}</span>}
        {under.drafts.has(one.id) && <span className="tag accent">{t("today.draft")}</span>}
        {under.queued.has(one.id) && <span className="tag accent">{t("today.queued")}</span>}
        {person.division && <span className="small muted">{person.division.name}</span>}
      </div>
    </Link>
  );
}

export function DueTag({ one }: { one: Case }) {
  const { due } = one;
  if (due.state === "VISITED") return <span className="tag good">{t("due.visited")}</span>;
  if (due.state === "EXCUSED" && due.excuse) {
    return <span className="tag">{t("due.excused", { day: inWords(due.excuse.lastOn) })}</span>;
  }
  const kind = isOverdue(one) ? "alert" : due.dueOn <= today() ? "caution" : "";
  return <span className={`tag ${kind}`}>{nearness(due.dueOn)}</span>;
}

export function whyDue(one: Case): string {
  const { changedOn, dueOn } = one.due;
  if (changedOn) return t("due.changed", { day: inWords(dueOn) });
  return t(`due.why.${riskOf(one)}`);
}

export function lastVisit({ person }: Case): string {
  const last = person.newestVisit;
  if (!last) return t("due.lastNone");
  return t("due.last", { day: inWords(last.visitedOn), mode: wordOf("VisitMode", last.mode) });
}
