import type { NeedInput, VisitInput } from "../../generated/hub";
import { t } from "../i18n";
import { wordOf } from "../rules/rules";

const FIELDS = [
  "visitedOn",
  "mode",
  "minutes",
  "workers",
  "met",
  "living",
  "body",
  "mind",
  "services",
  "needsMet",
  "needs",
  "place",
  "nextVisitOn",
  "remark",
] as const satisfies (keyof VisitInput)[];

/** Mine and theirs side by side, by field; fields that neither has are left out. */
export function Sides({ mine, theirs }: { mine: Partial<VisitInput>; theirs: Partial<VisitInput> }) {
  const rows = FIELDS.map((field) => [field, inWords(mine, field), inWords(theirs, field)] as const);
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
          .map(([field, left, right]) => (
            <tr key={field} className={left === right ? "" : "differs"}>
              <th scope="row">{t(`visit.${field}`)}</th>
              <td>{left || t("common.none")}</td>
              <td>{right || t("common.none")}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

function inWords(visit: Partial<VisitInput>, field: (typeof FIELDS)[number]): string {
  const value = visit[field];
  if (value === undefined || value === null) return "";
  switch (field) {
    case "mode":
      return visit.mode ? wordOf("VisitMode", visit.mode) : "";
    case "services":
      return (visit.services ?? []).map((service) => wordOf("Service", service)).join("、");
    case "needsMet":
      return (visit.needsMet ?? []).map((domain) => wordOf("NeedDomain", domain)).join("、");
    case "needs":
      return (visit.needs ?? []).map(needInWords).join("；");
    case "workers":
      return (visit.workers ?? []).join("、");
    default:
      return String(value);
  }
}

function needInWords({ domain, urgency, remark }: NeedInput): string {
  const words = [wordOf("NeedDomain", domain), wordOf("Urgency", urgency), remark];
  return words.filter(Boolean).join(" ");
}
