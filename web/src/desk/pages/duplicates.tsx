import { type FormEvent, type ReactNode, useCallback, useState } from "react";
import { LongTextField, TextField } from "../../shared/ui/fields";
import { Busy, Empty, Notice } from "../../shared/ui/parts";
import {
  KeepApartDocument,
  type LikelyDuplicatesQuery,
  LikelyDuplicatesDocument,
  type LikePersonFragment,
  ReturnRecordDocument,
  SignedReportDocument,
} from "../../generated/desk";
import { lastMonth, today } from "../figures";
import { ask, HubError } from "../hub/client";
import { type Key, t } from "../i18n";
import { Fault } from "../ui/faults";
import { usePaged } from "../ui/paged";
import { Panel } from "../ui/panel";
import { useSteps } from "../ui/step";
import type { Vocabulary } from "../ui/vocabulary";
import { Person } from "./counted";

type Pair = LikelyDuplicatesQuery["likelyDuplicates"]["nodes"][number];
type Entry = LikePersonFragment["ledgerEntries"]["nodes"][number];

async function pairs(after: string | null) {
  return (await ask(LikelyDuplicatesDocument, { after, day: today() })).likelyDuplicates;
}

/** People on record who look like one, for somebody to say whether they are. Not for who sees no names plainly. */
export function Duplicates({ vocabulary }: { vocabulary: Vocabulary }) {
  const { pages, hasMore, error, more } = usePaged(pairs);
  const [decided, setDecided] = useState<ReadonlySet<string>>(new Set());
  if (error instanceof HubError && error.failure === "refused" && pages.length === 0) return null;
  const left = pages.flat().filter((pair) => !decided.has(keyOf(pair)));
  return (
    <Panel title={t("duplicates.title")}>
      {error !== undefined && <Fault error={error} again={more} />}
      {pages.length === 0 && error === undefined && <Busy />}
      {pages.length > 0 && left.length === 0 && !hasMore && (
        <Empty title={t("duplicates.none")} hint={t("duplicates.noneHint")} />
      )}
      {left.length > 0 && <p className="muted small">{t("duplicates.hint")}</p>}
      <ul className="reveals">
        {left.map((pair) => (
          <li key={keyOf(pair)}>
            <Two pair={pair} vocabulary={vocabulary} />
            <Decision pair={pair} done={() => setDecided((before) => new Set([...before, keyOf(pair)]))} />
          </li>
        ))}
      </ul>
      {pages.length > 0 && hasMore && (
        <div className="actions">
          <button type="button" className="button" onClick={more}>
            {t("duplicates.more")}
          </button>
        </div>
      )}
    </Panel>
  );
}

function keyOf({ earlier, later }: Pair): string {
  return `${earlier?.id} ${later?.id}`;
}

/** What is known of both, side by side; the hub decides what is seen of it. */
function Two({ pair: { earlier, later }, vocabulary }: { pair: Pair; vocabulary: Vocabulary }) {
  const rows: [string, (person: LikePersonFragment) => ReactNode][] = [
    [vocabulary.label("Person", "sex"), ({ sex }) => sex && t(`sex.${sex}`)],
    [vocabulary.label("Person", "birthDate"), ({ birthDate }) => birthDate],
    [vocabulary.label("Person", "residentId"), ({ residentId, noIdReason }) => residentId ?? (noIdReason && vocabulary.word("NoIdReason", noIdReason))],
    [vocabulary.label("Person", "division"), ({ division }) => division?.name],
    [vocabulary.label("Person", "phone"), ({ phone }) => phone],
    [t("duplicates.entries"), ({ ledgerEntries }) => ledgerEntries.nodes.map(inFewWords).join(t("common.and"))],
  ];
  return (
    <div className="scroller">
      <table className="figures">
        <thead>
          <tr>
            <th scope="col">
              <span className="hidden">{t("duplicates.field")}</span>
            </th>
            <th scope="col">{t("duplicates.earlier")}</th>
            <th scope="col">{t("duplicates.later")}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">{vocabulary.label("Person", "name")}</th>
            <td>
              <Person person={earlier} />
            </td>
            <td>
              <Person person={later} />
            </td>
          </tr>
          {rows.map(([label, value]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{earlier && value(earlier)}</td>
              <td>{later && value(later)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function inFewWords({ __typename, openedOn, station }: Entry): string {
  return t("duplicates.entry", { ledger: t(`record.${__typename}` as Key), day: openedOn, station: station?.name ?? "" });
}

function Decision({ pair, done }: { pair: Pair; done: () => void }) {
  const [asking, setAsking] = useState<"two" | "one">();
  return (
    <>
      <div className="actions">
        <button type="button" className="button" onClick={() => setAsking("two")}>
          {t("duplicates.two")}
        </button>
        <button type="button" className="button" onClick={() => setAsking("one")}>
          {t("duplicates.one")}
        </button>
      </div>
      {asking === "two" && <KeepApart pair={pair} done={done} />}
      {asking === "one" && <ReturnLater pair={pair} />}
    </>
  );
}

function KeepApart({ pair: { earlier, later }, done }: { pair: Pair; done: () => void }) {
  const [reason, setReason] = useState("");
  const { isBusy, fault, run } = useSteps();
  function keep(event: FormEvent) {
    event.preventDefault();
    if (earlier && later) {
      void run(ask(KeepApartDocument, { a: earlier.id, b: later.id, reason: reason.trim() }).then(done));
    }
  }
  return (
    <form className="controls" onSubmit={keep}>
      <TextField label={t("duplicates.why")} hint={t("duplicates.whyHint")} value={reason} change={setReason} />
      <button className="button strong" disabled={isBusy}>
        {t("duplicates.twoYes")}
      </button>
      {fault !== undefined && <Fault error={fault} />}
    </form>
  );
}

/** Nobody merges people yet: the station that has the later one is asked to close that entry. */
function ReturnLater({ pair: { earlier, later } }: { pair: Pair }) {
  const entry = later?.ledgerEntries.nodes[0];
  const [first] = earlier?.ledgerEntries.nodes ?? [];
  const [reason, setReason] = useState(() =>
    t("duplicates.reason", { name: later?.name ?? "", birth: earlier?.birthDate ?? "", station: first?.station?.name ?? "" }),
  );
  const [told, setTold] = useState<Key>();
  const { isBusy, fault, run } = useSteps();
  const send = useCallback(async (record: string, place: string, reason: string) => {
    const { statutoryTable } = await ask(SignedReportDocument, { place, day: lastMonth(today()) });
    if (!statutoryTable.signature) return setTold("duplicates.unsigned");
    await ask(ReturnRecordDocument, { id: statutoryTable.signature.id, record, reason });
    setTold("duplicates.returned");
  }, []);
  if (!entry?.station) return <Notice>{t("duplicates.unseen")}</Notice>;
  const { id, station } = entry;
  function submit(event: FormEvent) {
    event.preventDefault();
    void run(send(id, station?.code ?? "", reason.trim()));
  }
  if (told === "duplicates.returned") return <Notice kind="good">{t(told, { station: station.name })}</Notice>;
  return (
    <form className="form" onSubmit={submit}>
      <p className="small">{t("duplicates.oneHint", { station: station.name })}</p>
      <LongTextField label={t("return.reason")} value={reason} change={setReason} />
      <div className="actions">
        <button className="button danger" disabled={isBusy}>
          {isBusy ? t("common.wait") : t("duplicates.oneYes", { station: station.name })}
        </button>
      </div>
      {told && <Notice kind="caution">{t(told, { station: station.name })}</Notice>}
      {fault !== undefined && <Fault error={fault} />}
    </form>
  );
}
