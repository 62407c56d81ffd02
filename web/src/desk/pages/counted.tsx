import { type ReactNode, useCallback } from "react";
import { Link } from "wouter";
import { Busy, Empty, Heading } from "../../shared/ui/parts";
import {
  EntriesCountedDocument,
  type LedgerKind,
  type ListedPersonFragment,
  MissedDocument,
  type NeedDomain,
  NeedsCountedDocument,
  type Risk,
  type Urgency,
} from "../../generated/desk";
import { today } from "../figures";
import { ask } from "../hub/client";
import { type Key, t } from "../i18n";
import { Fault } from "../ui/faults";
import { type PageOf, useEnd, usePaged } from "../ui/paged";

/** Those in whose periods a visit was due and none was made. */
export function Missed({ from, to, kind, code }: { from: string; to: string; kind: string; code: string }) {
  const next = useCallback(
    async (after: string | null) => {
      const isCounty = kind === "county";
      const filter = isCounty ? { division: code } : { stations: [code] };
      const by = [isCounty ? ("COUNTY" as const) : ("STATION" as const)];
      return (await ask(MissedDocument, { from, to, filter, by, after })).coverage.rows[0]?.missed;
    },
    [from, to, kind, code],
  );
  return (
    <Counted
      title={t("missed.title")}
      hint={t("missed.hint", { from, to, code })}
      columns={["counted.person", "counted.station", "missed.period", "missed.last"]}
      next={next}
      row={({ person, station, firstOn, lastOn, lastVisit }) => [
        <Person person={person} />,
        station?.name,
        t("missed.days", { firstOn, lastOn }),
        lastVisit?.visitedOn ?? t("missed.never"),
      ]}
    />
  );
}

/** Needs that were open on a day, of a domain, and of an urgency where one is named. */
export function NeedsCounted({ day, domain, urgency, by }: { day: string; domain: string; urgency: string; by: string }) {
  const next = useCallback(
    async (after: string | null) => {
      const needs = {
        statuses: ["OPEN" as const],
        domains: [domain as NeedDomain],
        ...(urgency !== ALL && { urgencies: [urgency as Urgency] }),
        ...(by !== day && { raised: { to: by } }),
      };
      const { statistics } = await ask(NeedsCountedDocument, { where: { needs }, asOf: asOf(day), after });
      const records = statistics.rows[0]?.records;
      return records?.__typename === "NeedConnection" ? records : undefined;
    },
    [day, domain, urgency, by],
  );
  const words = [t(`domain.${domain as NeedDomain}`), ...(urgency === ALL ? [] : [t(`urgency.${urgency as Urgency}`)])];
  return (
    <Counted
      title={`${t("needs.title")} · ${words.join(" · ")}`}
      hint={by === day ? t("counted.asOf", { day }) : t("counted.raisedBy", { day, by })}
      columns={["counted.person", "counted.station", "needs.urgency", "counted.raised", "counted.remark"]}
      next={next}
      row={({ person, household, station, urgency, raisedOn, remark }) => [
        person || !household ? <Person person={person} /> : household.address,
        station?.name,
        urgency && t(`urgency.${urgency}`),
        raisedOn,
        remark,
      ]}
    />
  );
}

/** Stands for every urgency in the address of a list. */
const ALL = "ALL";

/** Ledger entries that were open on a day, of a kind and a risk. */
export function EntriesCounted({ day, kind, risk }: { day: string; kind: string; risk: string }) {
  const next = useCallback(
    async (after: string | null) => {
      const ledgerEntries = {
        kinds: [kind as LedgerKind],
        openOn: day,
        ...(risk !== NO_RISK && { risks: [risk as Risk] }),
      };
      const { statistics } = await ask(EntriesCountedDocument, { where: { ledgerEntries }, asOf: asOf(day), after });
      const records = statistics.rows.find((row) => (row.risk ?? NO_RISK) === risk)?.records;
      return records?.__typename === "LedgerEntryConnection" ? records : undefined;
    },
    [day, kind, risk],
  );
  return (
    <Counted
      title={`${t("ledgers.title")} · ${t(`kind.${kind as LedgerKind}`)} · ${t(`risk.${risk as Risk}`)}`}
      hint={t("counted.asOf", { day })}
      columns={["counted.person", "counted.station", "counted.opened"]}
      next={next}
      row={({ person, station, openedOn }) => [<Person person={person} />, station?.name, openedOn]}
    />
  );
}

/** Stands for entries without a risk. */
const NO_RISK = "NONE";

function asOf(day: string): string | null {
  return day === today() ? null : day;
}

/** Where a list was come to from, and what the way back is called. */
export type Back = readonly [string, Key];

/** Whom a number counts, as many as were scrolled to. */
export function Counted<Row>({
  title,
  hint,
  back: [from, backWord] = ["/", "counted.back"],
  columns,
  next,
  row,
}: {
  title: string;
  hint: string;
  /** The page that the number is on. */
  back?: Back;
  columns: Key[];
  next: (after: string | null) => Promise<PageOf<Row> | undefined>;
  row: (row: Row) => ReactNode[];
}) {
  const paged = usePaged(next);
  const { pages, hasMore, error, more } = paged;
  const end = useEnd(paged);
  const rows = pages.flat();
  return (
    <div className="page">
      <p>
        <Link href={from}>{t(backWord)}</Link>
      </p>
      <Heading>{title}</Heading>
      <p className="muted">{hint}</p>
      {rows.length > 0 && (
        <div className="scroller" tabIndex={0} role="region" aria-label={title}>
          <table className="figures records">
            <thead>
              <tr>
                {columns.map((column) => (
                  <th scope="col" key={column}>
                    {t(column)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((of, i) => (
                <tr key={i}>
                  {row(of).map((cell, column) => (
                    <td key={columns[column]}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {!hasMore && rows.length === 0 && <Empty title={t("counted.none")} hint={t("counted.noneHint")} />}
      {error !== undefined && <Fault error={error} again={more} />}
      {hasMore && error === undefined && (
        <div ref={end}>
          <Busy />
        </div>
      )}
    </div>
  );
}

/** Someone in a list, by whose name one comes to the record. */
export function Person({ person }: { person: ListedPersonFragment | null }) {
  if (!person) return <span className="muted">{t("common.hidden")}</span>;
  const more = [person.sex && t(`sex.${person.sex}`), person.birthDate, person.division?.name].filter(Boolean);
  return (
    <>
      <Link href={`/person/${person.id}`}>{person.name ?? t("common.hidden")}</Link> <span className="muted small">{more.join(t("common.comma"))}</span>
    </>
  );
}
