import { type FormEvent, useState } from "react";
import { Link, useLocation } from "wouter";
import { LongTextField, SelectField, TextField } from "../../shared/ui/fields";
import { Busy, Heading, Notice } from "../../shared/ui/parts";
import {
  ReturnTableDocument,
  type SheetSignatureFragment,
  SignTableDocument,
  StatutoryTablesDocument,
  TableSheetDocument,
  type TableSheetQuery,
} from "../../generated/desk";
import { columnsOf, lastMonth, today } from "../figures";
import { ask } from "../hub/client";
import { t } from "../i18n";
import { useAnswer } from "../ui/answer";
import { Fault } from "../ui/faults";
import { useSteps } from "../ui/step";
import { numberOf, timeOf } from "../ui/words";

type Sheet = TableSheetQuery["statutoryTable"];

interface Chosen {
  code?: string | undefined;
  day?: string | undefined;
  place?: string | undefined;
}

/** The statutory tables: of a period and a place, the last month and all in reach unless told. */
export function Tables({ code, day = lastMonth(today()), place }: Chosen) {
  const [, go] = useLocation();
  const { data, error, again } = useAnswer(StatutoryTablesDocument, {});
  const chosen = code ?? data?.statutoryTables[0]?.code;
  const newest = new Map(data?.statutoryTables.map((table) => [table.code, table.title]));
  return (
    <div className="page">
      <Heading>{t("tables.title")}</Heading>
      {error !== undefined && <Fault error={error} again={again} />}
      {!chosen && error === undefined && <Busy />}
      {chosen && (
        <>
          <div className="controls">
            <SelectField
              label={t("tables.table")}
              choices={[...newest]}
              value={chosen}
              change={(code) => go(addressOf({ code, day, place }))}
            />
            <Day day={day} change={(day) => go(addressOf({ code: chosen, day, place }))} />
          </div>
          <SheetOf code={chosen} day={day} place={place} key={`${chosen} ${day} ${place}`} />
        </>
      )}
    </div>
  );
}

function addressOf({ code, day, place }: Chosen): string {
  return `/tables/${[code, day, place].filter(Boolean).join("/")}`;
}

/** A day is gone to once it is a whole one: while a year is typed it is not. */
function Day({ day, change }: { day: string; change: (day: string) => void }) {
  const [typed, setTyped] = useState(day);
  return (
    <TextField
      label={t("tables.day")}
      hint={t("tables.dayHint")}
      type="date"
      max={today()}
      value={typed}
      change={(next) => {
        setTyped(next);
        if (/^2\d{3}-\d{2}-\d{2}$/.test(next)) change(next);
      }}
    />
  );
}

function SheetOf({ code, day, place }: { code: string; day: string; place: string | undefined }) {
  const answer = useAnswer(TableSheetDocument, { code, day, place: place ?? null });
  const [lit, setLit] = useState<string>();
  if (answer.error !== undefined) return <Fault error={answer.error} again={answer.again} />;
  if (!answer.data) return <Busy />;
  const sheet = answer.data.statutoryTable;
  const of = { code, day, place: sheet.place };
  return (
    <>
      <div className="head">
        <h2>
          {sheet.placeName} {sheet.table.title}
        </h2>
        <span className={`tag ${sheet.signature ? "good" : ""}`}>
          {t(sheet.signature ? "tables.signed" : "tables.unsigned")}
        </span>
      </div>
      <p className="muted">{t("tables.period", { from: sheet.firstDay, to: sheet.lastDay })}</p>
      <Equations sheet={sheet} of={of} lit={lit} light={setLit} />
      <Grid sheet={sheet} of={of} lit={new Set(lit === undefined ? [] : columnsOf(lit))} />
      <SignOff sheet={sheet} of={of} again={answer.again} />
      <Parts sheet={sheet} of={of} />
      <History sheet={sheet} />
    </>
  );
}

interface Of {
  code: string;
  day: string;
  place: string;
}

/** Each equation lights its columns up; one that does not hold opens the records to blame. */
function Equations({
  sheet,
  of,
  lit,
  light,
}: {
  sheet: Sheet;
  of: Of;
  lit: string | undefined;
  light: (equation: string | undefined) => void;
}) {
  return (
    <ul className="filters" aria-label={t("equations.title")}>
      {sheet.equations.map(({ text, left, right, holds }, i) => (
        <li key={text}>
          <button
            type="button"
            className={holds ? "filter" : "filter broken"}
            aria-pressed={lit === text}
            onClick={() => light(lit === text ? undefined : text)}
          >
            {t(holds ? "equations.holds" : "equations.broken", { text, left: numberOf(left), right: numberOf(right) })}
          </button>
          {!holds && <Link href={`/culprits/${of.code}/${of.day}/${of.place}/${i}`}>{t("equations.culprits")}</Link>}
        </li>
      ))}
    </ul>
  );
}

function Grid({ sheet, of, lit }: { sheet: Sheet; of: Of; lit: ReadonlySet<number> }) {
  const light = (column: number) => (lit.has(column) ? "number lit" : "number");
  // What it was returned for is marked until it is signed anew.
  const returned = sheet.signature ? undefined : sheet.history.find(({ returnedAt }) => returnedAt);
  const isReturned = (row: string, column: number) => returned?.row === row && returned.column === column;
  return (
    <div className="scroller" tabIndex={0} role="region" aria-label={sheet.table.title}>
      <table className="figures statutory">
        <thead>
          <tr>
            <th scope="col">{t("tables.row")}</th>
            {sheet.table.columns.map(({ number, title }) => (
              <th scope="col" key={number} className={light(number)}>
                {title}
                <br />
                <span className="small">{number}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sheet.rows.map((row) => (
            <tr key={row.code}>
              <th scope="row">{row.title}</th>
              {row.cells.map(({ column, count }) => (
                <td key={column} className={isReturned(row.code, column) ? "number returned" : light(column)}>
                  {count === 0 ? (
                    0
                  ) : (
                    <Link
                      href={`/cell/${of.code}/${of.day}/${of.place}/${row.code}/${column}`}
                      aria-label={`${row.title} ${column} ${numberOf(count)}`}
                    >
                      {numberOf(count)}
                    </Link>
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Signing what is looked at, or returning what was signed. The hub says whose it is. */
function SignOff({ sheet, of, again }: { sheet: Sheet; of: Of; again: () => void }) {
  const [isAsking, setAsking] = useState(false);
  const { isBusy, fault, run: take } = useSteps();
  const run = (step: Promise<unknown>) =>
    take(
      step.then(() => {
        setAsking(false);
        again();
      }),
    );

  const { digest, signature } = sheet;
  if (!signature && !digest) return <Notice>{t("sign.notYet")}</Notice>;
  return (
    <section className="panel" aria-label={t("sign.title")}>
      <p>{signature ? signedSentence(signature) : t("sign.ready")}</p>
      {!isAsking && (
        <div className="actions">
          <button type="button" className="button" onClick={() => setAsking(true)}>
            {t(signature ? "sign.return" : "sign.sign")}
          </button>
        </div>
      )}
      {isAsking && !signature && digest && (
        <>
          <p>{t("sign.ask", { digest: digest.slice(0, 12) })}</p>
          <div className="actions">
            <button
              type="button"
              className="button strong"
              disabled={isBusy}
              onClick={() => run(ask(SignTableDocument, { ...of, digest }))}
            >
              {isBusy ? t("common.wait") : t("sign.yes")}
            </button>
            <button type="button" className="button" onClick={() => setAsking(false)}>
              {t("sign.no")}
            </button>
          </div>
        </>
      )}
      {isAsking && signature && (
        <Return
          sheet={sheet}
          isBusy={isBusy}
          cancel={() => setAsking(false)}
          hand={(said) => run(ask(ReturnTableDocument, { id: signature.id, ...said }))}
        />
      )}
      {fault !== undefined && <Fault error={fault} />}
    </section>
  );
}

function signedSentence({ signedBy, signedAt }: SheetSignatureFragment): string {
  return t("sign.signed", { by: signedBy ?? t("common.somebody"), at: timeOf(signedAt) });
}

function Return({
  sheet,
  isBusy,
  hand,
  cancel,
}: {
  sheet: Sheet;
  isBusy: boolean;
  hand: (said: { reason: string; row: string; column: number; answerBy: string | null }) => void;
  cancel: () => void;
}) {
  const [reason, setReason] = useState("");
  const [row, setRow] = useState(sheet.rows[0]?.code ?? "");
  const [column, setColumn] = useState(String(sheet.table.columns[0]?.number ?? 1));
  const [answerBy, setAnswerBy] = useState("");
  function submit(event: FormEvent) {
    event.preventDefault();
    hand({ reason: reason.trim(), row, column: Number(column), answerBy: answerBy || null });
  }
  return (
    <form className="form" onSubmit={submit}>
      <LongTextField label={t("return.reason")} hint={t("return.hint")} value={reason} change={setReason} />
      <SelectField
        label={t("return.row")}
        choices={sheet.rows.map(({ code, title }) => [code, title] as const)}
        value={row}
        change={setRow}
      />
      <SelectField
        label={t("return.column")}
        choices={sheet.table.columns.map(({ number, title }) => [String(number), `${number} ${title}`] as const)}
        value={column}
        change={setColumn}
      />
      <TextField label={t("return.answerBy")} optional type="date" min={today()} value={answerBy} change={setAnswerBy} />
      <div className="actions">
        <button className="button danger" disabled={isBusy}>
          {isBusy ? t("common.wait") : t("return.yes")}
        </button>
        <button type="button" className="button" onClick={cancel}>
          {t("sign.no")}
        </button>
      </div>
    </form>
  );
}

/** The tables that this one is made of. */
function Parts({ sheet, of }: { sheet: Sheet; of: Of }) {
  if (sheet.parts.length === 0) return null;
  return (
    <section className="panel">
      <h3>{t("parts.title")}</h3>
      <table className="figures">
        <tbody>
          {sheet.parts.map(({ place, placeName, signature }) => (
            <tr key={place}>
              <th scope="row">
                <Link href={addressOf({ ...of, place })}>{placeName}</Link>
              </th>
              <td>{signature ? signedSentence(signature) : t("tables.unsigned")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What was signed and returned before. */
function History({ sheet }: { sheet: Sheet }) {
  const returned = sheet.history.filter(({ returnedAt }) => returnedAt);
  if (returned.length === 0) return null;
  return (
    <section className="panel">
      <h3>{t("history.title")}</h3>
      <ul className="bullets">
        {returned.map((signature) => (
          <li key={signature.id}>
            {signedSentence(signature)}
            {t("common.comma")}
            {t("history.returned", {
              by: signature.returnedBy ?? t("common.somebody"),
              at: signature.returnedAt ? timeOf(signature.returnedAt) : "",
              reason: signature.reason ?? t("common.hidden"),
            })}
            {cellOf(sheet, signature)}
            {signature.answerBy && <> {t("review.answerBy", { day: signature.answerBy })}</>}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Which cell a reason is about, in words. */
function cellOf(sheet: Sheet, { row, column }: SheetSignatureFragment): string {
  if (row === null || column === null) return "";
  const title = sheet.table.columns.find(({ number }) => number === column)?.title ?? String(column);
  return t("history.at", { row: sheet.rows.find(({ code }) => code === row)?.title ?? row, column: title });
}
