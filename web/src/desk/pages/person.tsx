import { type ReactNode, useCallback } from "react";
import { Busy, Heading, Notice } from "../../shared/ui/parts";
import {
  PersonHouseholdDocument,
  PersonRecordDocument,
  PersonVisitsDocument,
  type RecordedEntryFragment,
  type RecordedVisitFragment,
  RecordWordsDocument,
} from "../../generated/desk";
import { ask, type Sight } from "../hub/client";
import { t } from "../i18n";
import { helpOf, type PersonRecord, type Trend, pointsOf, trendsOf } from "../record";
import { useAnswer } from "../ui/answer";
import { Fault } from "../ui/faults";
import { usePaged } from "../ui/paged";
import { Panel } from "../ui/panel";
import { useTitle } from "../ui/title";
import { type Vocabulary, vocabularyOf } from "../ui/vocabulary";
import { Accesses } from "./accesses";
import { Person as Named } from "./counted";
import { Opening } from "./opening";
import { Timeline } from "./timeline";

/** The unified record of one person over time, as far as the hub shows it. */
export function Person({ id }: { id: string }) {
  const record = useAnswer(PersonRecordDocument, { id });
  const words = useAnswer(RecordWordsDocument, {});
  // Titles stay in the history of the browser, so it names nobody.
  useTitle(t("person.title"));
  const broken = [record, words].find(({ error }) => error !== undefined);
  const person = record.data?.person;
  if (person && words.data && !broken) {
    const vocabulary = vocabularyOf(words.data);
    return <Shown person={person} sight={record.sight ?? {}} vocabulary={vocabulary} again={record.again} />;
  }
  return (
    <div className="page">
      <Heading>{t("person.title")}</Heading>
      {broken && <Fault error={broken.error} again={broken.again} />}
      {!broken && record.data && !person && <Notice kind="caution">{t("person.gone")}</Notice>}
      {!broken && !(record.data && words.data) && <Busy />}
    </div>
  );
}

interface Shown {
  person: PersonRecord;
  sight: Sight;
  vocabulary: Vocabulary;
  again: () => void;
}

function Shown({ person, sight, vocabulary, again }: Shown) {
  const { id } = person;
  const next = useCallback(
    async (after: string | null) => (await ask(PersonVisitsDocument, { id, after })).person?.visits,
    [id],
  );
  const visits = usePaged(next);
  const listed = visits.pages.flat();
  return (
    <div className="page">
      <Heading>{person.name ?? t("common.hidden")}</Heading>
      <div className="panels">
        <div className="panels-beside">
          <About person={person} sight={sight} vocabulary={vocabulary} />
          <Opening id={id} isMasked={Object.keys(sight).length > 0} vocabulary={vocabulary} again={again} />
          <Ledgers entries={person.ledgerEntries.nodes} sight={sight} vocabulary={vocabulary} />
          <Household id={id} vocabulary={vocabulary} />
          <Trends trends={trendsOf(person)} />
          <HelpReceived visits={listed} vocabulary={vocabulary} />
        </div>
        <Timeline person={person} visits={visits} vocabulary={vocabulary} />
      </div>
      <Accesses id={id} />
    </div>
  );
}

/** A value with its name; where there is none, whether it is hidden or was never told. */
function Fact({ label, value, isSeen }: { label: string; value: ReactNode; isSeen: boolean }) {
  const missing = isSeen ? t("person.unknown") : t("common.hidden");
  return (
    <div className="fact">
      <dt>{label}</dt>
      <dd>
        {value || value === 0 ? value : <span className="muted">{missing}</span>}{" "}
        {value && !isSeen && <span className="tag caution">{t("person.masked")}</span>}
      </dd>
    </div>
  );
}

function About({ person, sight, vocabulary }: Omit<Shown, "again">) {
  const { word, label } = vocabulary;
  const fact = (field: string, value: ReactNode) => (
    <Fact label={label("Person", field)} value={value} isSeen={!(`Person.${field}` in sight)} />
  );
  return (
    <Panel title={t("person.about")}>
      {Object.keys(sight).length > 0 && <Notice>{t("person.notPlain")}</Notice>}
      <dl>
        {fact("name", person.name)}
        {fact("sex", person.sex && t(`sex.${person.sex}`))}
        {fact("birthDate", person.birthDate)}
        {fact("residentId", person.residentId)}
        {person.noIdReason && fact("noIdReason", word("NoIdReason", person.noIdReason))}
        {fact("division", person.division?.name)}
        {fact("address", person.address)}
        {fact("phone", person.phone)}
        {fact("incomeClass", person.incomeClass && word("IncomeClass", person.incomeClass))}
        <Fact
          label={t("person.stations")}
          value={person.stations.nodes.map(({ name }) => name).join(t("common.and"))}
          isSeen
        />
      </dl>
    </Panel>
  );
}

/** What each kind of ledger holds, and the closed lists of what is a code of it. */
const DETAILS = {
  ChildEntry: ["childKind", "school", "grade", "guardian", "guardianRelation", "guardianPhone", "father", "mother"],
  ElderlyEntry: ["livingArrangement", "abilityLevel", "illnesses", "contact", "contactPhone"],
  DisabledEntry: ["category", "grade", "certificateNo", "subsidies", "carer", "carerPhone"],
} as const;
const LISTS = {
  childKind: "ChildKind",
  livingArrangement: "LivingArrangement",
  abilityLevel: "AbilityLevel",
  category: "DisabilityCategory",
  subsidies: "Subsidy",
} as const;

function Ledgers({
  entries,
  sight,
  vocabulary,
}: {
  entries: readonly RecordedEntryFragment[];
  sight: Sight;
  vocabulary: Vocabulary;
}) {
  return (
    <Panel title={t("person.ledgers")}>
      {entries.length === 0 && <p className="muted">{t("person.noLedgers")}</p>}
      {entries.map((entry) => (
        <Entry entry={entry} sight={sight} vocabulary={vocabulary} key={entry.id} />
      ))}
    </Panel>
  );
}

function Entry({ entry, sight, vocabulary }: { entry: RecordedEntryFragment; sight: Sight; vocabulary: Vocabulary }) {
  const { __typename: type, kind, risk, openedOn, closedOn, station } = entry;
  const { word, label } = vocabulary;
  // A disabled entry's grade is a number, and was asked for by another name.
  const held = entry as unknown as Record<string, unknown>;
  const valueOf = (field: string) => held[type === "DisabledEntry" && field === "grade" ? "disabilityGrade" : field];
  const told = (field: string) => {
    const list = LISTS[field as keyof typeof LISTS];
    const values = [valueOf(field)].flat().filter((value) => value != null);
    return values.map((value) => (list ? word(list, String(value)) : String(value))).join(t("common.and"));
  };
  const span = closedOn ? t("person.until", { from: openedOn, to: closedOn }) : t("person.since", { from: openedOn });
  return (
    <div>
      <h3>
        {t(`kind.${kind}`)} <span className={risk === "HIGH" ? "tag alert" : "tag"}>{t(`risk.${risk ?? "NONE"}`)}</span>
      </h3>
      <p className="muted small">{[station?.name, span].filter(Boolean).join(t("common.comma"))}</p>
      <dl>
        {DETAILS[type].map((field) => (
          <Fact key={field} label={label(type, field)} value={told(field)} isSeen={!(`LedgerEntry.${field}` in sight)} />
        ))}
      </dl>
    </div>
  );
}

function Household({ id, vocabulary }: { id: string; vocabulary: Vocabulary }) {
  const { data, error, again } = useAnswer(PersonHouseholdDocument, { id });
  const household = data?.person?.household;
  return (
    <Panel title={t("person.household")}>
      {error !== undefined && <Fault error={error} again={again} />}
      {data && !household && <p className="muted">{t("person.noHousehold")}</p>}
      {household && (
        <>
          <p className="muted small">
            {[household.address, household.incomeClass && vocabulary.word("IncomeClass", household.incomeClass)]
              .filter(Boolean)
              .join(t("common.comma"))}
          </p>
          <ul className="bullets">
            {household.members.nodes.map((member) => (
              <li key={member.id}>
                <Named person={member} /> {member.householdRelation}
              </li>
            ))}
          </ul>
        </>
      )}
    </Panel>
  );
}

function HelpReceived({ visits, vocabulary }: { visits: readonly RecordedVisitFragment[]; vocabulary: Vocabulary }) {
  const help = helpOf(visits);
  return (
    <Panel title={t("person.help")}>
      <p className="muted small">{t(help.length > 0 ? "person.helpHint" : "person.noHelp")}</p>
      <dl>
        {help.map(({ service, times, last }) => (
          <div className="fact" key={service}>
            <dt>{vocabulary.word("Service", service)}</dt>
            <dd>{t("person.times", { times, last })}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

/** Sizes of the picture of a trend, in its own units. */
const WIDTH = 240;
const HEIGHT = 48;
const ROUND = 4;

function Trends({ trends }: { trends: Trend[] }) {
  if (trends.length === 0) return null;
  return (
    <Panel title={t("person.trends")}>
      {trends.map((trend) => (
        <TrendOf trend={trend} key={trend.code} />
      ))}
    </Panel>
  );
}

function TrendOf({ trend }: { trend: Trend }) {
  const points = pointsOf(trend, WIDTH, HEIGHT);
  const scores = trend.scores.map(({ day, score }) => t("person.score", { day, score }));
  const last = trend.scores.at(-1);
  return (
    <div>
      <h3>{trend.title}</h3>
      <svg
        className="trend"
        viewBox={`${-ROUND} ${-ROUND} ${WIDTH + 2 * ROUND} ${HEIGHT + 2 * ROUND}`}
        role="img"
        aria-label={t("person.trend", { title: trend.title, scores: scores.join(t("common.and")) })}
      >
        <polyline points={points.map(({ x, y }) => `${x},${y}`).join(" ")} />
        {points.map(({ x, y }) => (
          <circle cx={x} cy={y} r={ROUND} key={x} />
        ))}
      </svg>
      <p className="muted small">
        {scores.join(" → ")} {t("person.maximum", { maximum: trend.maximum })} {last?.level}
      </p>
    </div>
  );
}
