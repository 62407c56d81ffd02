import { useState } from "react";
import type { Case } from "../caseload/case";
import { inWords, moment, today } from "../caseload/day";
import { t } from "../i18n";
import type { Live } from "../live";
import { useCell } from "../../shared/ui/cell";
import { OneOf } from "../../shared/ui/fields";
import { Empty, Heading, Notice } from "../../shared/ui/parts";
import { isOverdue, PersonCard, type UnderWay } from "./cards";
import { sentenceOf } from "./gate";
import { HubError } from "../../shared/failure";

/** Cards shown at first; a long list grows as it is asked to. */
const SHOWN = 60;

type Order = "due" | "village";

export function Today({ live }: { live: Live }) {
  const cases = useCell(live.cases);
  const under = useUnderWay(live);
  const [order, setOrder] = useState<Order>("due");
  const [shown, setShown] = useState(SHOWN);
  const due = cases.filter(({ due }) => due.state === "DUE" || due.state === "OVERDUE").sort(byDay);
  const overdue = due.filter(isOverdue).length;
  return (
    <div className="page">
      <div className="head">
        <Heading>{t("today.title")}</Heading>
        <span className="muted">{inWords(today())}</span>
      </div>
      <SyncLine live={live} />
      {due.length === 0 ? (
        <Nobody live={live} />
      ) : (
        <>
          <p>{t("today.counts", { overdue, due: due.length - overdue })}</p>
          <OneOf
            label={t("today.order")}
            value={order}
            change={setOrder}
            choices={[
              ["due", t("today.byDue")],
              ["village", t("today.byVillage")],
            ]}
          />
          {order === "due" ? (
            <Cards cases={due.slice(0, shown)} under={under} />
          ) : (
            <Villages cases={due} under={under} />
          )}
          {order === "due" && due.length > shown && (
            <button type="button" className="button" onClick={() => setShown(shown + SHOWN)}>
              {t("today.more", { count: Math.min(SHOWN, due.length - shown) })}
            </button>
          )}
        </>
      )}
    </div>
  );
}

function byDay(a: Case, b: Case): number {
  return a.due.dueOn.localeCompare(b.due.dueOn) || (a.person.name ?? "").localeCompare(b.person.name ?? "", "zh");
}

export function Cards({ cases, under }: { cases: Case[]; under: UnderWay }) {
  return (
    <ul className="cards">
      {cases.map((one) => (
        <li key={one.id}>
          <PersonCard one={one} under={under} />
        </li>
      ))}
    </ul>
  );
}

/** The people of each village together, so that one way serves several; the most pressing first. */
function Villages({ cases, under }: { cases: Case[]; under: UnderWay }) {
  const villages = new Map<string, Case[]>();
  for (const one of cases) {
    const name = one.person.division?.name ?? t("today.noVillage");
    villages.set(name, [...(villages.get(name) ?? []), one]);
  }
  return [...villages].map(([name, people]) => (
    <section key={name} className="form">
      <h2>
        {name} <span className="muted small">{t("people.count", { count: people.length })}</span>
      </h2>
      <Cards cases={people} under={under} />
    </section>
  ));
}

function Nobody({ live }: { live: Live }) {
  const { running, last } = useCell(live.syncing);
  if (running && !last) return <p role="status">{t("today.first")}</p>;
  return <Empty title={t("today.empty")} hint={t("today.emptyHint")} />;
}

/** How fresh the list is. */
export function SyncLine({ live }: { live: Live }) {
  const { running, last, failure } = useCell(live.syncing);
  if (failure && failure !== "signin" && !running) {
    const sentence = failure === "offline" ? t("net.offline") : sentenceOf(new HubError(failure, ""));
    return <Notice>{`${sentence} ${last ? t("net.synced", { when: moment(last.at) }) : t("net.never")}`}</Notice>;
  }
  const text = running ? t("net.syncing") : last ? t("net.synced", { when: moment(last.at) }) : t("net.never");
  return (
    <p className="status" role="status">
      {text}
    </p>
  );
}

export function useUnderWay(live: Live): UnderWay {
  const drafts = useCell(live.drafts);
  const items = useCell(live.items);
  const queued = items.filter(({ state }) => state.is !== "stored");
  return {
    drafts: new Set(drafts.map(({ subject }) => subject.personId)),
    queued: new Set(queued.map(({ subject }) => subject.personId)),
  };
}
