import { Busy, Empty } from "../../shared/ui/parts";
import type { RecordedVisitFragment } from "../../generated/desk";
import { t } from "../i18n";
import { type Event, eventsOf, type PersonRecord } from "../record";
import { Fault } from "../ui/faults";
import type { Paged } from "../ui/paged";
import { Panel } from "../ui/panel";
import type { Vocabulary } from "../ui/vocabulary";
import { Photos } from "./photos";

/** What happened to a person, the last first, as far back as visits were asked for. */
export function Timeline({
  person,
  visits,
  vocabulary,
}: {
  person: PersonRecord;
  visits: Paged<RecordedVisitFragment>;
  vocabulary: Vocabulary;
}) {
  const { pages, hasMore, error, more } = visits;
  const isBegun = pages.length > 0;
  // Further back there may be visits that were not asked for yet.
  const reached = hasMore ? (pages.at(-1)?.at(-1)?.visitedOn ?? "") : "";
  const events = eventsOf(person, pages.flat()).filter(({ day }) => day >= reached);
  return (
    <Panel title={t("person.story")}>
      {error !== undefined && <Fault error={error} again={more} />}
      {!isBegun && error === undefined && <Busy />}
      {isBegun && events.length === 0 && <Empty title={t("person.noStory")} hint={t("person.noStoryHint")} />}
      {isBegun && (
        <ol className="timeline">
          {events.map((event) => (
            <Told event={event} vocabulary={vocabulary} key={event.key} />
          ))}
        </ol>
      )}
      {isBegun && hasMore && (
        <button type="button" className="button" onClick={more}>
          {t("person.earlier")}
        </button>
      )}
    </Panel>
  );
}

function Told({ event, vocabulary }: { event: Event; vocabulary: Vocabulary }) {
  const { what, station, more } = sayingOf(event, vocabulary);
  return (
    <li>
      <p>
        <time dateTime={event.day}>{event.day}</time> <span className={`tag ${TAGS[event.is]}`}>{t(`event.${event.is}`)}</span>{" "}
        {what.filter(Boolean).join(t("common.comma"))} <span className="muted small">{station}</span>
      </p>
      {more.map(([label, text]) => text && <p className="small" key={label}>{`${label}${t("common.colon")}${text}`}</p>)}
      {event.is === "visit" && <Photos day={event.day} photos={event.visit.photos ?? []} />}
    </li>
  );
}

const TAGS: Record<Event["is"], string> = {
  visit: "accent",
  assessment: "accent",
  opened: "",
  closed: "",
  raised: "caution",
  settled: "good",
  excused: "",
};

interface Saying {
  what: (string | null | undefined | false)[];
  station: string | undefined;
  /** What was written down besides, each with its name. */
  more: [string, string | null | undefined][];
}

function sayingOf(event: Event, { word, label }: Vocabulary): Saying {
  const remark = (text: string | null): [string, string | null] => [label("Visit", "remark"), text];
  switch (event.is) {
    case "visit": {
      const { visit } = event;
      const services = visit.services?.map((service) => word("Service", service)).join(t("common.and"));
      const what = [
        word("VisitMode", visit.mode),
        visit.minutes !== null && t("event.minutes", { minutes: visit.minutes }),
        services,
        visit.workers.length > 0 && t("event.by", { workers: visit.workers.join(t("common.and")) }),
      ];
      const seen = (["met", "living", "body", "mind"] as const).map((field): [string, string | null] => [
        label("Visit", field),
        visit[field],
      ]);
      return { what, station: visit.station?.name, more: [...seen, remark(visit.remark)] };
    }
    case "assessment": {
      const { instrument, instrumentCode, levelName, score, station, remark: text } = event.assessment;
      const level = levelName ?? t("common.hidden");
      const what = [instrument?.title ?? instrumentCode, score === null ? level : t("event.scored", { level, score })];
      return { what, station: station?.name, more: [remark(text)] };
    }
    case "opened":
    case "closed": {
      const { kind, risk, closureReason, station, remark: text } = event.entry;
      const why = event.is === "opened" ? risk && t(`risk.${risk}`) : closureReason && word("ClosureReason", closureReason);
      return { what: [t(`kind.${kind}`), why], station: station?.name, more: event.is === "opened" ? [remark(text)] : [] };
    }
    case "raised":
    case "settled": {
      const { domain, urgency, status, station, remark: text } = event.need;
      const how = event.is === "raised" ? urgency && t(`urgency.${urgency}`) : word("NeedStatus", status);
      const what = [domain && t(`domain.${domain}`), how];
      return { what, station: station?.name, more: event.is === "raised" ? [remark(text)] : [] };
    }
    case "excused": {
      const { reason, firstOn, lastOn, station, remark: text } = event.excuse;
      const what = [reason && word("ExcuseReason", reason), t("event.days", { from: firstOn, to: lastOn })];
      return { what, station: station?.name, more: [remark(text)] };
    }
  }
}
