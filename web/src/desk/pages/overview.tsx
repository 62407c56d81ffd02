import { type ReactNode, useState } from "react";
import { Link } from "wouter";
import { SelectField, TextField } from "../../shared/ui/fields";
import { Busy, Empty, Heading } from "../../shared/ui/parts";
import {
  CoverageDocument,
  LedgersDocument,
  type LedgersQuery,
  NeedsDocument,
  OldNeedsDocument,
  type Risk,
} from "../../generated/desk";
import { type Covered, coveredBy, daysBefore, late, type OpenNeeds, openNeeds, today, URGENCIES } from "../figures";
import { type Key, t } from "../i18n";
import { type Answer, useAnswer } from "../ui/answer";
import { Fault } from "../ui/faults";
import { numberOf } from "../ui/words";
import { Live } from "./live";
import { TileMap } from "./tiles";

/** What was chosen last, while the desk is open, so that coming back from a list shows the same. */
const chosen = { day: "", span: "90" };

const SPANS = ["30", "90", "365"] as const;
/** How old an open need is that is counted as old, in days. */
const OLD = 30;

/** How the work stands, as far as the account's scope reaches. */
export function Overview() {
  const [day, setDay] = useState(chosen.day || today());
  const [span, setSpan] = useState(chosen.span);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(day);
  const last = today();
  return (
    <div className="page">
      <Heading>{t("overview.title")}</Heading>
      <div className="controls">
        <TextField
          label={t("overview.day")}
          hint={t("overview.dayHint")}
          type="date"
          max={last}
          value={day}
          change={(next) => {
            chosen.day = next === last ? "" : next;
            setDay(next);
          }}
        />
        <SelectField
          label={t("overview.span")}
          choices={SPANS.map((days) => [days, t("overview.days", { days })] as const)}
          value={span as (typeof SPANS)[number]}
          change={(next) => {
            chosen.span = next;
            setSpan(next);
          }}
        />
      </div>
      {isDay && <Panels day={day} asOf={day === last ? null : day} span={Number(span)} />}
    </div>
  );
}

function Panels({ day, asOf, span }: { day: string; asOf: string | null; span: number }) {
  return (
    <div className="panels">
      <Coverage from={daysBefore(day, span - 1)} to={day} />
      <div className="panels-beside">
        <Needs day={day} asOf={asOf} />
        <Ledgers day={day} asOf={asOf} />
        {asOf === null && <Live />}
      </div>
    </div>
  );
}

/** A part of the page that asks for itself, so that one that fails leaves the others. */
function Panel<Data>({
  title,
  hint,
  answer,
  children,
}: {
  title: string;
  hint: string;
  answer: Answer<Data>;
  children: (data: Data) => ReactNode;
}) {
  return (
    <section className="panel" aria-busy={answer.isAsking}>
      <h2>{title}</h2>
      <p className="muted small">{hint}</p>
      {answer.error !== undefined && <Fault error={answer.error} again={answer.again} />}
      {answer.data === undefined && answer.error === undefined && <Busy />}
      {answer.data !== undefined && children(answer.data)}
    </section>
  );
}

function Coverage({ from, to }: { from: string; to: string }) {
  const answer = useAnswer(CoverageDocument, { from, to });
  return (
    <Panel title={t("coverage.title")} hint={t("coverage.hint", { from, to })} answer={answer}>
      {({ coverage }) => {
        if (coverage.due === 0) return <Empty title={t("coverage.none")} hint={t("coverage.noneHint")} />;
        const counties = coveredBy("county", coverage.rows);
        const stations = late(coveredBy("station", coverage.rows));
        return (
          <>
            <p>{t("coverage.all", { ...numbers(coverage), share: shareOf(coverage) })}</p>
            {counties.length > 1 && <CoverageMap counties={counties} from={from} to={to} />}
            <CoverageTable title={t("coverage.counties")} places={counties} of="county" from={from} to={to} />
            <h3>{t("coverage.late", { count: stations.length })}</h3>
            {stations.length > 0 && (
              <CoverageTable title={t("coverage.stations")} places={stations} of="station" from={from} to={to} />
            )}
          </>
        );
      }}
    </Panel>
  );
}

function numbers({ due, done, excused }: Omit<Covered, "code" | "name">) {
  return { due: numberOf(due), done: numberOf(done), excused: numberOf(excused) };
}

function shareOf({ due, done }: { due: number; done: number }): string {
  return due === 0 ? "–" : `${Math.floor((100 * done) / due)}%`;
}

/** Where the counties lie, with what was done of what was due; a tile opens whom nobody visited. */
function CoverageMap({ counties, from, to }: { counties: Covered[]; from: string; to: string }) {
  const tiles = counties.map(({ code, name, due, done }) => {
    const figure = `${numberOf(done)}/${numberOf(due)}`;
    const missed = due > done && {
      to: `/missed/${from}/${to}/county/${code}`,
      label: t("coverage.tile", { place: name, figure, missed: numberOf(due - done) }),
    };
    return { code, name, figure, value: due === 0 ? null : done / due, ...missed };
  });
  return (
    <>
      <TileMap label={t("coverage.map")} tiles={tiles} most={1} />
      <p className="muted small">{t("coverage.mapHint")}</p>
    </>
  );
}

function CoverageTable({
  title,
  places,
  of,
  from,
  to,
}: {
  title: string;
  places: Covered[];
  of: "county" | "station";
  from: string;
  to: string;
}) {
  return (
    <Scroller label={title}>
      <thead>
        <tr>
          <th scope="col">{title}</th>
          <th scope="col">{t("coverage.share")}</th>
          <th scope="col" className="number">
            {t("coverage.done")}
          </th>
          <th scope="col" className="number">
            {t("coverage.due")}
          </th>
          <th scope="col" className="number">
            {t("coverage.missed")}
          </th>
          <th scope="col" className="number">
            {t("coverage.excused")}
          </th>
        </tr>
      </thead>
      <tbody>
        {places.map((place) => (
          <tr key={place.code}>
            <th scope="row">{place.name}</th>
            <td className="share">
              <meter aria-label={place.name} value={place.done} max={Math.max(place.due, 1)} /> {shareOf(place)}
            </td>
            <td className="number">{numberOf(place.done)}</td>
            <td className="number">{numberOf(place.due)}</td>
            <td className="number">
              <Count
                count={place.due - place.done}
                to={`/missed/${from}/${to}/${of}/${place.code}`}
                label={t("coverage.open", { place: place.name })}
              />
            </td>
            <td className="number">{numberOf(place.excused)}</td>
          </tr>
        ))}
      </tbody>
    </Scroller>
  );
}

function Scroller({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="scroller" tabIndex={0} role="region" aria-label={label}>
      <table className="figures">{children}</table>
    </div>
  );
}

/** A number that opens whom it counts. */
function Count({ count, to, label }: { count: number | null | undefined; to: string; label: string }) {
  if (count == null) return <span aria-label={t("figures.withheld")}>–</span>;
  if (count === 0) return <>0</>;
  return (
    <Link href={to} aria-label={`${label} ${numberOf(count)}`}>
      {numberOf(count)}
    </Link>
  );
}

function Needs({ day, asOf }: { day: string; asOf: string | null }) {
  const answer = useAnswer(NeedsDocument, { asOf });
  const by = daysBefore(day, OLD);
  const old = useAnswer(OldNeedsDocument, { asOf, by });
  // Without the right to such figures the column is left out, and the others stand.
  const oldBy = new Map(old.data?.statistics.rows.map(({ domain, figures }) => [domain, figures[0]?.count ?? 0]));
  return (
    <Panel title={t("needs.title")} hint={t("needs.hint")} answer={answer}>
      {({ statistics }) => {
        const rows = openNeeds(statistics.rows);
        if (rows.length === 0) return <Empty title={t("needs.none")} hint={t("needs.noneHint")} />;
        return (
          <>
            <Scroller label={t("needs.title")}>
              <thead>
                <tr>
                  <th scope="col">{t("needs.domain")}</th>
                  {URGENCIES.map((urgency) => (
                    <th scope="col" className="number" key={urgency}>
                      {t(`urgency.${urgency}`)}
                    </th>
                  ))}
                  <th scope="col" className="number">
                    {t("figures.all")}
                  </th>
                  {old.data && (
                    <th scope="col" className="number">
                      {t("needs.old", { days: OLD })}
                    </th>
                  )}
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <NeedsRow key={row.domain} row={row} day={day} {...(old.data && { old: oldBy.get(row.domain) ?? 0, by })} />
                ))}
              </tbody>
            </Scroller>
            {statistics.withheld && <p className="muted small">{t("figures.some")}</p>}
          </>
        );
      }}
    </Panel>
  );
}

function NeedsRow({ row, day, old, by }: { row: OpenNeeds; day: string; old?: number; by?: string }) {
  const domain = t(`domain.${row.domain}`);
  const place = `/needs/${day}/${row.domain}`;
  return (
    <tr>
      <th scope="row">{domain}</th>
      {URGENCIES.map((urgency) => (
        <td className="number" key={urgency}>
          <Count
            count={row.by[urgency] ?? 0}
            to={`${place}/${urgency}/${day}`}
            label={`${domain} ${t(`urgency.${urgency}`)}`}
          />
        </td>
      ))}
      <td className="number">
        <Count count={row.all} to={`${place}/ALL/${day}`} label={domain} />
      </td>
      {by && (
        <td className="number">
          <Count count={old} to={`${place}/ALL/${by}`} label={`${domain} ${t("needs.old", { days: OLD })}`} />
        </td>
      )}
    </tr>
  );
}

const RISKS: readonly (Risk | "NONE")[] = ["HIGH", "MEDIUM", "LOW", "NONE"];
const KINDS = ["CHILD", "ELDERLY", "DISABLED"] as const;

function Ledgers({ day, asOf }: { day: string; asOf: string | null }) {
  const answer = useAnswer(LedgersDocument, { asOf, day });
  return (
    <Panel title={t("ledgers.title")} hint={t("ledgers.hint")} answer={answer}>
      {({ statistics }) => {
        if (statistics.rows.length === 0) return <Empty title={t("ledgers.none")} hint={t("ledgers.noneHint")} />;
        return (
          <>
            <Scroller label={t("ledgers.title")}>
              <thead>
                <tr>
                  <th scope="col">{t("ledgers.kind")}</th>
                  {RISKS.map((risk) => (
                    <th scope="col" className="number" key={risk}>
                      {t(`risk.${risk}`)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {KINDS.map((kind) => (
                  <tr key={kind}>
                    <th scope="row">{t(`kind.${kind}`)}</th>
                    {RISKS.map((risk) => (
                      <td className="number" key={risk}>
                        <Count
                          count={entriesOf(statistics, kind, risk)}
                          to={`/entries/${day}/${kind}/${risk}`}
                          label={`${t(`kind.${kind}`)} ${t(`risk.${risk}` satisfies Key)}`}
                        />
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </Scroller>
            {statistics.withheld && <p className="muted small">{t("figures.some")}</p>}
          </>
        );
      }}
    </Panel>
  );
}

/** How many entries; none where the hub withholds it. */
function entriesOf(
  { rows }: LedgersQuery["statistics"],
  kind: (typeof KINDS)[number],
  risk: Risk | "NONE",
): number | null | undefined {
  const row = rows.find((row) => row.kind === kind && (row.risk ?? "NONE") === risk);
  return row ? row.figures[0]?.count : 0;
}
