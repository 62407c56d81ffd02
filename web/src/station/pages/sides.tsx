import type { ContentInput, NeedInput } from "../../generated/hub";
import { type Key, t } from "../i18n";
import { wordOf } from "../rules/rules";

/** What stands in a row of a comparison: the word of a field, and its value in words. */
type Row = readonly [Key, string];

/** Mine and theirs side by side, by field; fields that neither has are left out. */
export function Sides({ mine, theirs }: { mine: ContentInput; theirs: ContentInput }) {
  const right = new Map(rowsOf(theirs));
  const rows = rowsOf(mine).map(([key, left]) => [key, left, right.get(key) ?? ""] as const);
  return (
    <table className="sides">
      <thead>
        <tr>
          <td />
          <th scope="col">{t("outbox.mine")}</th>
          <th scope="col">{t("outbox.theirs")}</th>
        </tr>
      </thead>
      <tbody>
        {rows
          .filter(([, left, right]) => left || right)
          .map(([key, left, right]) => (
            <tr key={key} className={left === right ? "" : "differs"}>
              <th scope="row">{t(key)}</th>
              <td>{left || t("common.none")}</td>
              <td>{right || t("common.none")}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function rowsOf({ visit, assessment, ledgerEntry, ledgerClosure, excuse }: ContentInput): Row[] {
  const needs = (visit ?? assessment ?? ledgerEntry)?.needs ?? [];
  return [
    ["visit.visitedOn", visit?.visitedOn ?? ""],
    ["visit.mode", visit ? wordOf("VisitMode", visit.mode) : ""],
    ["visit.minutes", String(visit?.minutes ?? "")],
    ["visit.workers", ((visit ?? excuse)?.workers ?? []).join("、")],
    ["visit.met", visit?.met ?? ""],
    ["visit.living", visit?.living ?? ""],
    ["visit.body", visit?.body ?? ""],
    ["visit.mind", visit?.mind ?? ""],
    ["visit.services", (visit?.services ?? []).map((service) => wordOf("Service", service)).join("、")],
    ["visit.needsMet", (visit?.needsMet ?? []).map((domain) => wordOf("NeedDomain", domain)).join("、")],
    ["assessment.assessedOn", assessment?.assessedOn ?? ""],
    ["assessment.assessors", (assessment?.assessors ?? []).join("、")],
    ["assessment.answers", (assessment?.answers ?? []).map(({ item, value }) => `${item} ${value}`).join("、")],
    ["entry.who", valuesOf(ledgerEntry?.person)],
    ["entry.openedOn", ledgerEntry?.openedOn ?? ""],
    ["entry.risk", ledgerEntry?.risk ? wordOf("Risk", ledgerEntry.risk) : ""],
    ["entry.detail", valuesOf(Object.values(ledgerEntry?.detail ?? {})[0])],
    ["closure.reason", ledgerClosure ? wordOf("ClosureReason", ledgerClosure.reason) : ""],
    ["closure.closedOn", ledgerClosure?.closedOn ?? ""],
    ["excuse.reason", excuse ? wordOf("ExcuseReason", excuse.reason) : ""],
    ["excuse.firstOn", excuse?.firstOn ?? ""],
    ["excuse.lastOn", excuse?.lastOn ?? ""],
    ["visit.needs", needs.map(needInWords).join("；")],
    ["visit.place", visit?.place ?? ""],
    ["visit.nextVisitOn", visit?.nextVisitOn ?? ""],
    ["visit.remark", (visit ?? assessment ?? ledgerEntry ?? excuse)?.remark ?? ""],
  ];
}

/** What fields hold, in the order of their names, so that both sides read alike. */
function valuesOf(fields: object | null | undefined): string {
  const entries = Object.entries(fields ?? {}).sort(([a], [b]) => a.localeCompare(b));
  return entries.map(([, value]) => String(value)).filter(Boolean).join("、");
}

function needInWords({ domain, urgency, remark }: NeedInput): string {
  const words = [wordOf("NeedDomain", domain), wordOf("Urgency", urgency), remark];
  return words.filter(Boolean).join(" ");
}
