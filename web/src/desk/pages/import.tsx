import { useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { Busy, Empty, Heading, Notice } from "../../shared/ui/parts";
import {
  ApplyImportDocument,
  ImportDocument,
  type ImportQuery,
  type ImportState,
  MendImportDocument,
  RestoreImportDocument,
  UndoImportDocument,
} from "../../generated/desk";
import { ask } from "../hub/client";
import { type Key, t } from "../i18n";
import { byConcern, type ImportCount, isUnderWay, keyOf, type Mends, toTake } from "../imports";
import { useAnswer } from "../ui/answer";
import { Fault } from "../ui/faults";
import { useSteps } from "../ui/step";
import { numberOf, outcomeOf, timeOf } from "../ui/words";
import { Lines } from "./lines";

type Act = NonNullable<ImportQuery["import"]>;

/** How often the hub is asked how far it is, while it works on an import. */
const LOOK = 1_000;

/** One workbook: what each row comes to, and the steps that take it in and back. */
export function ImportPage({ id }: { id: string }) {
  const { data, error, again } = useAnswer(ImportDocument, { id });
  const state = data?.import?.state;
  useEffect(() => {
    if (!state || !isUnderWay(state)) return;
    const looking = setInterval(again, LOOK);
    return () => clearInterval(looking);
  }, [state, again]);
  if (data?.import) return <Shown act={data.import} again={again} error={error} />;
  return (
    <div className="page">
      <Heading>{t("import.title")}</Heading>
      {error !== undefined && <Fault error={error} again={again} />}
      {error === undefined && !data && <Busy />}
      {data && <Notice kind="caution">{t("import.gone")}</Notice>}
      <Back />
    </div>
  );
}

function Back() {
  return (
    <p>
      <Link href="/imports">{t("import.back")}</Link>
    </p>
  );
}

function Shown({ act, again, error }: { act: Act; again: () => void; error: unknown }) {
  const [only, setOnly] = useState<ImportCount>();
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const pick = (id: string, isPicked: boolean) =>
    setPicked((before) => {
      const next = new Set(before);
      if (isPicked) next.add(id);
      else next.delete(id);
      return next;
    });
  const [mends, setMends] = useState<Mends>(new Map());
  const mend = (sheet: string, cell: string, value: string) =>
    setMends((before) => new Map(before).set(keyOf(sheet, cell), { sheet, cell, value }));
  const canMend = !isUnderWay(act.state);
  return (
    <div className="page">
      <Back />
      <div className="head">
        <Heading>{act.fileName}</Heading>
        <StateTag state={act.state} />
      </div>
      <p className="muted">{historyOf(act).join(t("common.comma"))}</p>
      {error !== undefined && <Fault error={error} again={again} />}
      <Read act={act} />
      <Steps act={act} picked={picked} again={again} isMending={canMend && mends.size > 0} />
      {canMend && mends.size > 0 && <Mending id={act.id} mends={mends} drop={() => setMends(new Map())} />}
      {act.rowCount > 0 && (
        <p>
          <a href={`/imports/${act.id}/workbook`} download>
            {t("import.answered")}
          </a>
        </p>
      )}
      {act.rowCount === 0 ? (
        <Empty title={t("lines.unread")} hint={t("lines.unreadHint")} />
      ) : (
        <>
          <Counts act={act} only={only} choose={setOnly} />
          <Lines
            act={act}
            only={only}
            {...(act.state === "PREVIEWED" && { picked, pick })}
            {...(canMend && { mends, mend })}
            // Rows stand otherwise once something is over.
            key={`${act.state} ${act.appliedAt} ${act.undoneAt}`}
          />
        </>
      )}
    </div>
  );
}

const KINDS: Partial<Record<ImportState, string>> = {
  FAILED: "alert",
  APPLIED: "good",
  PREVIEWED: "accent",
  UNDONE: "caution",
};

export function StateTag({ state }: { state: ImportState }) {
  return <span className={`tag ${KINDS[state] ?? ""}`}>{t(`import.${state}` satisfies Key)}</span>;
}

/** Who did what of it, and when. */
function historyOf(act: Act): string[] {
  const told = (key: Key, at: string | null | undefined, by: string | null | undefined) =>
    at ? [t(key, { at: timeOf(at), by: by ?? t("common.somebody") })] : [];
  return [
    ...(act.station ? [act.station.name] : []),
    ...told("import.readAt", act.createdAt, act.createdBy),
    ...told("import.appliedAt", act.appliedAt, act.appliedBy),
    ...told("import.undoneAt", act.undoneAt, act.undoneBy),
  ];
}

/** What was not read, or is to be known of how it was. */
function Read({ act }: { act: Act }) {
  const unread = act.unreadColumns.map(({ sheet, column }) => t("import.unread", { sheet, column }));
  const mended = act.mended.map(({ sheet, cell, from, to }) =>
    t("mend.done", { cell: keyOf(sheet, cell), from: from || t("lines.empty"), to: to || t("lines.empty") }),
  );
  const told = [...act.notes, ...unread, ...mended];
  return (
    <>
      {act.faults.map(({ sheet, row, problem }) => (
        <Notice kind="alert" key={`${sheet} ${row}`}>
          {t("import.fault", { sheet, row: row ?? "?" })} {problem.message} {problem.repair}
        </Notice>
      ))}
      {told.length > 0 && (
        <details className="panel">
          <summary>{t("import.notes", { count: told.length })}</summary>
          <ul className="bullets">
            {told.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

function Steps(props: { act: Act; picked: ReadonlySet<string>; again: () => void; isMending: boolean }) {
  const { act, picked, again, isMending } = props;
  const [isAsking, setAsking] = useState(false);
  const { isBusy, fault, run: take } = useSteps(again);

  function run(step: Promise<unknown>) {
    setAsking(false);
    return take(step);
  }

  const { id } = act;
  const apply = () => run(ask(ApplyImportDocument, { id, known: [...picked] }));
  const undo = () => run(ask(UndoImportDocument, { id }));
  const restore = () => run(ask(RestoreImportDocument, { id }));
  if (isUnderWay(act.state)) return <Progress act={act} />;
  const count = toTake(act, picked.size);
  const kept = act.counts.filter(({ state }) => state === "KEPT").reduce((sum, { count }) => sum + count, 0);
  const isUndoable = act.state === "APPLIED" || (act.state === "UNDONE" && kept > 0);
  return (
    <section className="panel" aria-label={t("import.steps")}>
      <p role="status">{sayingOf(act, count, kept)}</p>
      {isAsking && <p>{t("import.undoAsk")}</p>}
      <div className="actions">
        {act.state === "PREVIEWED" && count > 0 && (
          <button type="button" className="button strong" disabled={isBusy || isMending} onClick={apply}>
            {isBusy ? t("common.wait") : t("import.apply", { count: numberOf(count) })}
          </button>
        )}
        {isUndoable && !isAsking && (
          <button type="button" className="button danger" disabled={isBusy} onClick={() => setAsking(true)}>
            {isBusy ? t("common.wait") : t(kept > 0 ? "import.undoAgain" : "import.undo")}
          </button>
        )}
        {isAsking && (
          <>
            <button type="button" className="button danger" onClick={undo}>
              {t("import.undoYes")}
            </button>
            <button type="button" className="button" onClick={() => setAsking(false)}>
              {t("import.undoNo")}
            </button>
          </>
        )}
        {act.state === "UNDONE" && (
          <button type="button" className="button" disabled={isBusy} onClick={restore}>
            {isBusy ? t("common.wait") : t("import.restore")}
          </button>
        )}
      </div>
      {isMending && <p>{t("mend.first")}</p>}
      {hasRefused(act) && <p className="muted small">{t("import.mend")}</p>}
      {fault !== undefined && <Fault error={fault} />}
    </section>
  );
}

/** The cells that were corrected on this page, and the step that has the hub look at them. */
function Mending({ id, mends, drop }: { id: string; mends: Mends; drop: () => void }) {
  const [, go] = useLocation();
  const { isBusy, fault, run } = useSteps();

  async function look() {
    const { mendImport } = await ask(MendImportDocument, { id, cells: [...mends.values()] });
    drop();
    go(`/imports/${mendImport.id}`, { replace: true });
  }

  return (
    <section className="panel mending" aria-label={t("mend.title")}>
      <p role="status">{t("mend.saying", { count: numberOf(mends.size) })}</p>
      <div className="actions">
        <button type="button" className="button strong" disabled={isBusy} onClick={() => run(look())}>
          {isBusy ? t("common.wait") : t("mend.look")}
        </button>
        <button type="button" className="button" disabled={isBusy} onClick={drop}>
          {t("mend.drop")}
        </button>
      </div>
      {fault !== undefined && <Fault error={fault} />}
    </section>
  );
}

function hasRefused({ counts }: Act): boolean {
  return counts.some(({ verdict }) => verdict === "REFUSED");
}

/** How it stands, and what one may do next. */
function sayingOf(act: Act, count: number, kept: number): string {
  if (act.state === "FAILED") return t("import.failedSaying", { why: t(`problem.${act.problem ?? "FAULTY"}`) });
  if (act.state === "PREVIEWED") {
    const until = act.expiresAt ? timeOf(act.expiresAt) : "";
    return t(count > 0 ? "import.previewSaying" : "import.nothingSaying", { count: numberOf(count), until });
  }
  if (act.state === "UNDONE") return t(kept > 0 ? "import.keptSaying" : "import.undoneSaying", { count: numberOf(kept) });
  return t("import.appliedSaying");
}

function Progress({ act }: { act: Act }) {
  const values = { state: t(`import.${act.state}` satisfies Key), done: numberOf(act.done), due: numberOf(act.due) };
  return (
    <section className="panel">
      <p role="status">{t("import.progress", values)}</p>
      <progress aria-label={values.state} value={act.done} max={Math.max(act.due, 1)} />
      <p className="muted small">{t("import.leave")}</p>
    </section>
  );
}

/** How many rows have come to what; each is the filter of the rows below. */
function Counts({
  act,
  only,
  choose,
}: {
  act: Act;
  only: ImportCount | undefined;
  choose: (count: ImportCount | undefined) => void;
}) {
  const isOnly = (count: ImportCount) => only?.verdict === count.verdict && only.state === count.state;
  return (
    <div className="filters" role="group" aria-label={t("lines.filter")}>
      <button type="button" className="filter" aria-pressed={!only} onClick={() => choose(undefined)}>
        {t("lines.all")} <b>{numberOf(act.rowCount)}</b>
      </button>
      {byConcern(act.counts).map((count) => (
        <button
          type="button"
          className={`filter ${count.verdict}`}
          key={`${count.verdict} ${count.state}`}
          aria-pressed={isOnly(count)}
          onClick={() => choose(isOnly(count) ? undefined : count)}
        >
          {outcomeOf(count)} <b>{numberOf(count.count)}</b>
        </button>
      ))}
    </div>
  );
}
