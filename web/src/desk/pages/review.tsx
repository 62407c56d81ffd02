import { useState } from "react";
import { Link } from "wouter";
import { Busy, Empty, Heading } from "../../shared/ui/parts";
import {
  AcknowledgeDocument,
  ImportsDocument,
  NoticesDocument,
  type NoticesQuery,
  RecordWordsDocument,
  RevealsDocument,
  StatutoryTablesDocument,
  TableDueDocument,
  type TableDueQuery,
} from "../../generated/desk";
import { lastMonth, today } from "../figures";
import { ask } from "../hub/client";
import { t } from "../i18n";
import { type ImportHead, wantingAnEye } from "../imports";
import type { Station } from "../reach";
import { session } from "../session";
import { useAnswer } from "../ui/answer";
import { useEach } from "../ui/each";
import { Fault } from "../ui/faults";
import { Panel } from "../ui/panel";
import { type Vocabulary, vocabularyOf } from "../ui/vocabulary";
import { numberOf, outcomeOf, timeOf } from "../ui/words";
import { Duplicates } from "./duplicates";
import { Refused } from "./refused";
import { Returned } from "./returned";
import { RevealOf } from "./reveal";

/** What waits for this account: to be decided, taken note of, signed or looked at. */
export function Review({ stations, hasTables }: { stations: readonly Station[]; hasTables: boolean }) {
  const words = useAnswer(RecordWordsDocument, {});
  const vocabulary = words.data && vocabularyOf(words.data);
  return (
    <div className="page">
      <Heading>{t("review.title")}</Heading>
      {words.error !== undefined && <Fault error={words.error} again={words.again} />}
      <div className="panels">
        <div className="panels-beside">
          {vocabulary && <Reveals vocabulary={vocabulary} />}
          {vocabulary && <Notices vocabulary={vocabulary} />}
        </div>
        <div className="panels-beside">
          {hasTables && <Tables />}
          {vocabulary && <Refused vocabulary={vocabulary} />}
          {vocabulary && <Duplicates vocabulary={vocabulary} />}
          {stations.length > 0 && <Returned stations={stations} />}
          {stations.length > 0 && <Rows stations={stations} />}
        </div>
      </div>
    </div>
  );
}

function Reveals({ vocabulary }: { vocabulary: Vocabulary }) {
  const { data, error, again } = useAnswer(RevealsDocument, {});
  const waiting = data?.revealRequests.filter(({ status }) => status === "PENDING") ?? [];
  return (
    <Panel title={t("review.reveals")}>
      {error !== undefined && <Fault error={error} again={again} />}
      {!data && error === undefined && <Busy />}
      {data && waiting.length === 0 && <Empty title={t("review.noReveals")} hint={t("review.noRevealsHint")} />}
      {waiting.length > 0 && (
        <ul className="reveals">
          {waiting.map((reveal) => (
            <RevealOf reveal={reveal} vocabulary={vocabulary} again={again} key={reveal.id} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Notices({ vocabulary }: { vocabulary: Vocabulary }) {
  const { data, error, again } = useAnswer(NoticesDocument, {});
  return (
    <Panel title={t("review.notices")}>
      {error !== undefined && <Fault error={error} again={again} />}
      {data?.notices.length === 0 && <Empty title={t("review.noNotices")} hint={t("review.noNoticesHint")} />}
      {data?.notices.map((notice) => (
        <NoticeOf notice={notice} vocabulary={vocabulary} again={again} key={notice.id} />
      ))}
    </Panel>
  );
}

function NoticeOf({
  notice: { id, at, reveal },
  vocabulary,
  again,
}: {
  notice: NoticesQuery["notices"][number];
  vocabulary: Vocabulary;
  again: () => void;
}) {
  const [fault, setFault] = useState<unknown>();
  function acknowledge() {
    ask(AcknowledgeDocument, { id }).then(again, (error: unknown) => {
      session.heed(error);
      setFault(error);
    });
  }
  return (
    <div>
      {reveal ? (
        <ul className="reveals">
          <RevealOf reveal={reveal} vocabulary={vocabulary} again={again} />
        </ul>
      ) : (
        <p>{timeOf(at)}</p>
      )}
      <div className="actions">
        <button type="button" className="button" onClick={acknowledge}>
          {t("review.acknowledge")}
        </button>
      </div>
      {fault !== undefined && <Fault error={fault} />}
    </div>
  );
}

/** The monthly tables of the last month, of all in reach. */
function Tables() {
  const day = lastMonth(today());
  const { data, error, again } = useAnswer(StatutoryTablesDocument, {});
  const codes = new Set(data?.statutoryTables.filter(({ period }) => period === "MONTH").map(({ code }) => code));
  return (
    <Panel title={t("review.tables", { day })}>
      {error !== undefined && <Fault error={error} again={again} />}
      {!data && error === undefined && <Busy />}
      {[...codes].map((code) => (
        <TableDue code={code} day={day} key={code} />
      ))}
    </Panel>
  );
}

function TableDue({ code, day }: { code: string; day: string }) {
  const { data, error, again } = useAnswer(TableDueDocument, { code, day });
  if (error !== undefined) return <Fault error={error} again={again} />;
  if (!data) return <Busy />;
  const { table, place, placeName } = data.statutoryTable;
  const title = `${placeName} ${table.title}`;
  return (
    <div>
      <h3>{title}</h3>
      {standingOf(data.statutoryTable).map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <p>
        <Link href={`/tables/${code}/${day}/${place}`}>{t("review.open", { title: table.title })}</Link>
      </p>
    </div>
  );
}

/** Whether it is signed; where it is not, what came back and what it waits for. */
function standingOf({ signature, history, equations, parts }: TableDueQuery["statutoryTable"]): string[] {
  if (signature) return [t("review.signed")];
  const unsigned = parts.filter((part) => !part.signature).map(({ placeName }) => placeName);
  const returned = history[0]?.returnedAt ? t("review.returned", { reason: history[0].reason ?? "" }) : "";
  return [
    returned || t("review.unsigned"),
    equations.every(({ holds }) => holds) ? "" : t("review.broken"),
    unsigned.length > 0 ? t("review.waits", { places: unsigned.join(t("common.and")) }) : "",
  ].filter(Boolean);
}

async function actsOf({ code }: Station): Promise<ImportHead[]> {
  const { imports } = await ask(ImportsDocument, { station: code });
  return imports.filter((act) => wantingAnEye(act).length > 0);
}

/** Imports with rows that somebody has to look at, station after station. */
function Rows({ stations }: { stations: readonly Station[] }) {
  const { rows: acts, isAsking, fault } = useEach(stations, actsOf);
  return (
    <Panel title={t("review.imports")}>
      {fault !== undefined && <Fault error={fault} />}
      {isAsking && <Busy />}
      {!isAsking && fault === undefined && acts.length === 0 && (
        <Empty title={t("review.noImports")} hint={t("review.noImportsHint")} />
      )}
      <ul className="bullets">
        {acts.map((act) => (
          <li key={act.id}>
            <Link href={`/imports/${act.id}`}>{act.fileName}</Link>{" "}
            <span className="muted small">{act.station?.name}</span>{" "}
            {wantingAnEye(act)
              .map((count) => `${outcomeOf(count)} ${numberOf(count.count)}`)
              .join(t("common.and"))}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
