import type { ContentInput, NeedInput, PersonInput } from "../../generated/hub";
import type { Village } from "../device/store";
import { entryOf } from "../forms/entry";
import type { Form } from "../forms/form";
import { type Key, t } from "../i18n";
import { wordOf } from "../rules/rules";

/** What stands in a row of a comparison: the word of a field, and its value in words. */
type Row = readonly [Key, string];

/** Two contents side by side, mine and the hub's. */
export function Sides({ mine, theirs }: { mine: ContentInput; theirs: ContentInput }) {
  return <Table mine={rowsOf(mine)} theirs={rowsOf(theirs)} />;
}

/** Two forms of how something is, all that they say and not only what they change. */
export function SidesOfForms({ mine, theirs, villages }: { mine: Form; theirs: Form; villages: Village[] }) {
  return <Table mine={rowsOfForm(mine, villages)} theirs={rowsOfForm(theirs, villages)} />;
}

/** Mine and theirs by field; fields that neither has are left out. */
function Table({ mine, theirs }: { mine: Row[]; theirs: Row[] }) {
  const right = new Map(theirs);
  const rows = mine.map(([key, left]) => [key, left, right.get(key) ?? ""] as const);
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

function rowsOfForm(form: Form, villages: Village[]): Row[] {
  const village = (code: string) => villages.find((one) => one.code === code)?.name ?? code;
  if (form.kind === "correction") return rowsOfPerson({ ...form.values, village: village(form.values.village) });
  if (form.kind === "entry") {
    const nobody = { personId: "", householdId: null, name: "" };
    return rowsOfRecord({ ledgerEntry: { ...entryOf(form, nobody), person: {} } });
  }
  if (form.kind !== "household") return [];
  const { head, home } = form;
  const members = home.members.map(({ whom, relation }) => memberInWords(whom.name, relation));
  return [
    ["household.head", head.name],
    ...rowsOfHome({ ...home, village: village(home.village) }),
    ["household.members", members.join("、")],
  ];
}

interface Somebody extends Omit<PersonInput, "noIdReason" | "sex" | "incomeClass"> {
  noIdReason?: PersonInput["noIdReason"] | "";
  sex?: PersonInput["sex"] | "";
  incomeClass?: PersonInput["incomeClass"] | "";
}

function rowsOfPerson({ name, residentId, noIdReason, sex, birthDate, phone, ...home }: Somebody): Row[] {
  return [
    ["entry.name", name ?? ""],
    ["entry.residentId", residentId ?? ""],
    ["entry.noIdReason", noIdReason ? wordOf("NoIdReason", noIdReason) : ""],
    ["person.sex", sex ? wordOf("Sex", sex) : ""],
    ["person.born", birthDate ?? ""],
    ...rowsOfHome(home),
    ["person.phone", phone ?? ""],
  ];
}

function rowsOfHome({ village, address, incomeClass }: Pick<Somebody, "village" | "address" | "incomeClass">): Row[] {
  return [
    ["person.village", village ?? ""],
    ["person.address", address ?? ""],
    ["person.income", incomeClass ? wordOf("IncomeClass", incomeClass) : ""],
  ];
}

function memberInWords(name: string, relation: string): string {
  return relation ? t("household.memberOf", { name, relation }) : name;
}

function rowsOf(content: ContentInput): Row[] {
  if (content.personCorrection) return rowsOfPerson(content.personCorrection.values);
  if (content.household) return rowsOfHousehold(content.household);
  return rowsOfRecord(content);
}

function rowsOfHousehold({ head, members, ...home }: NonNullable<ContentInput["household"]>): Row[] {
  const each = (members ?? []).map(({ person, relation }) => memberInWords(valuesOf(person), relation));
  return [["household.head", valuesOf(head)], ...rowsOfHome(home), ["household.members", each.join("；")]];
}

function rowsOfRecord({ visit, assessment, ledgerEntry, ledgerClosure, excuse }: ContentInput): Row[] {
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
    ["photo.title", visit?.photos?.length ? t("photo.count", { count: visit.photos.length }) : ""],
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
