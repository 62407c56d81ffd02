import { Link } from "wouter";
import { Busy, Empty } from "../../shared/ui/parts";
import { ReturnedDocument, type ReturnedQuery } from "../../generated/desk";
import { today } from "../figures";
import { ask } from "../hub/client";
import { type Key, t } from "../i18n";
import type { Station } from "../reach";
import { useEach } from "../ui/each";
import { Fault } from "../ui/faults";
import { Panel } from "../ui/panel";
import { timeOf } from "../ui/words";
import { Person } from "./counted";

type OfStation = ReturnedQuery["returnedRecords"][number] & { station: Station };

async function returnedOf(station: Station): Promise<OfStation[]> {
  const { returnedRecords } = await ask(ReturnedDocument, { station: station.code });
  return returnedRecords.map((returned) => ({ ...returned, station }));
}

/** Records that stations have back with a reason, until they answer. */
export function Returned({ stations }: { stations: readonly Station[] }) {
  const { rows, isAsking, fault } = useEach(stations, returnedOf);
  return (
    <Panel title={t("review.back")}>
      {fault !== undefined && <Fault error={fault} />}
      {isAsking && <Busy />}
      {!isAsking && fault === undefined && rows.length === 0 && (
        <Empty title={t("review.noBack")} hint={t("review.noBackHint")} />
      )}
      <ul className="reveals">
        {rows.map((returned) => (
          <One returned={returned} key={returned.signature.id} />
        ))}
      </ul>
    </Panel>
  );
}

function One({ returned: { table, lastDay, signature, station } }: { returned: OfStation }) {
  const { record, reason, returnedBy, returnedAt, answerBy } = signature;
  const told = t("review.backBy", {
    by: returnedBy ?? t("common.somebody"),
    at: returnedAt ? timeOf(returnedAt) : "",
  });
  return (
    <li>
      <p>
        {record && t(`record.${record.__typename}` as Key)} <Person person={personOf(record)} />{" "}
        {answerBy && (
          <span className={answerBy < today() ? "tag alert" : "tag caution"}>{t("review.answerBy", { day: answerBy })}</span>
        )}
      </p>
      <p>{reason ?? t("common.hidden")}</p>
      <p className="muted small">
        {[station.name, told].join(t("common.comma"))}{" "}
        {table && (
          <Link href={`/tables/${table.code}/${lastDay}/${station.code}`}>
            {t("review.open", { title: table.title })}
          </Link>
        )}
      </p>
    </li>
  );
}

function personOf(record: OfStation["signature"]["record"]) {
  if (!record) return null;
  if ("person" in record) return record.person;
  return record.__typename === "Person" ? record : null;
}
