import { Fragment } from "react";
import { Link } from "wouter";
import { Empty, Notice } from "../../shared/ui/parts";
import type { WordsQuery } from "../../generated/desk";
import { addressBehind, keyOf, type Side } from "../behind";
import type { Labelled } from "../drawing";
import { fieldsOf } from "../filter";
import { language, t } from "../i18n";
import { type Figure, figureOf, fileTextOf, labelsOf, type Question, type Row } from "../question";
import { numberOf } from "../ui/words";
import { wordIn } from "../words";
import { measureWord } from "./builder";
import { Drawn } from "./drawing";
import { Take } from "./take";

export interface Answered {
  question: Question;
  rows: Row[];
  found: number;
  withheld: boolean;
}

/** The closed lists that dimensions are told in. */
const LISTS: Record<string, (keyof WordsQuery)[]> = {
  KIND: ["LedgerKind", "SubmissionKind"],
  MODE: ["VisitMode"],
  SERVICE: ["Service"],
  RISK: ["Risk"],
  DOMAIN: ["NeedDomain"],
  URGENCY: ["Urgency"],
  STATUS: ["NeedStatus"],
  INCOME_CLASS: ["IncomeClass"],
  SEX: ["Sex"],
  LIVING_ARRANGEMENT: ["LivingArrangement"],
  CHILD_KIND: ["ChildKind"],
  DISABILITY_CATEGORY: ["DisabilityCategory"],
};

interface Titles {
  title: string;
  /** The same without the day compared with, which is not drawn. */
  drawnTitle: string;
}

/** An answer, as a table and drawn, and how to take it home. */
export function Shown({ answered, words, title, drawnTitle }: Titles & { answered: Answered; words: WordsQuery }) {
  const { question, rows, found, withheld } = answered;
  const labelled = labelledIn(rows, question, words);
  const parts = labelled.filter(({ row }) => !isTotal(row));
  return (
    <section className="panel" aria-label={t("ask.answer")}>
      <h2>{title}</h2>
      <p role="status" className="muted">
        {t("ask.found", { found: numberOf(found) })}
      </p>
      {withheld && <Notice>{t("figures.some")}</Notice>}
      {rows.length === 0 ? (
        <Empty title={t("ask.none")} hint={t("ask.noneHint")} />
      ) : (
        <div className="panels">
          <Table question={question} labelled={labelled} words={words} />
          <Drawn answered={answered} rows={parts} title={drawnTitle} />
        </div>
      )}
      <Take text={fileTextOf(question, fieldsOf(question.of, words))} />
    </section>
  );
}

/** Rows with a word for each of their dimensions. */
export function labelledIn(rows: readonly Row[], { by }: Question, words: WordsQuery): Labelled[] {
  const wordOf = (dimension: string, code: string) => {
    const lists = LISTS[dimension] ?? [];
    const list = lists.find((list) => words[list]?.enumValues?.some(({ name }) => name === code));
    return list ? wordIn(words[list], code, language.get()) : code;
  };
  return rows.map((row) => {
    const labels = labelsOf(row, by, wordOf);
    return { row, labels: labels.map((label, i) => nameOf(label, isTotal(row, by[i]))) };
  });
}

interface TableProps {
  question: Question;
  labelled: Labelled[];
  words: WordsQuery;
}

function Table({ question, labelled, words }: TableProps) {
  return (
    <div className="scroller" tabIndex={0} role="region" aria-label={t("ask.table")}>
      <table className="figures">
        <Head question={question} words={words} />
        <tbody>
          {labelled.map(({ row, labels }, i) => (
            <tr className={isTotal(row) ? "total" : undefined} key={i}>
              {labels.map((label, at) => (
                <td key={question.by[at]}>{label}</td>
              ))}
              {row.figures.map((figure, at) => (
                <Fragment key={question.measures[at]}>
                  <Opening question={question} row={row} figure={figure} side="now" />
                  {question.compare && <Beside question={question} row={row} at={at} />}
                </Fragment>
              ))}
              {question.compare && <Changed question={question} row={row} />}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The names of the columns: a measure has three where two days stand beside each other. */
function Head({ question, words }: Omit<TableProps, "labelled">) {
  const { by, measures, asOf, compare } = question;
  const days = [asOf ?? t("ask.now"), compare, t("ask.difference")];
  const [rows, columns] = compare ? [2, days.length] : [1, 1];
  return (
    <thead>
      <tr>
        {by.map((dimension) => (
          <th scope="col" rowSpan={rows} key={dimension}>
            {wordIn(words.Dimension, dimension, language.get())}
          </th>
        ))}
        {measures.map((measure) => (
          <th scope={compare ? "colgroup" : "col"} colSpan={columns} className="number" key={measure}>
            {measureWord(measure, words)}
          </th>
        ))}
        {compare && (
          <th scope="col" rowSpan={rows}>
            {t("ask.changed")}
          </th>
        )}
      </tr>
      {compare && (
        <tr>
          {measures.map((measure) =>
            days.map((day) => (
              <th scope="col" className="number" key={`${measure} ${day}`}>
                {day}
              </th>
            )),
          )}
        </tr>
      )}
    </thead>
  );
}

interface Opened {
  question: Question;
  row: Row;
  side: Side;
}

/** A figure, by which one comes to the records it counts. */
function Opening({ question, row, figure, side }: Opened & { figure: Figure | undefined }) {
  const number = figure && figureOf(figure);
  const address = addressBehind({ question, side, key: keyOf(row, question.by) });
  return (
    <td className="number">
      {number ? (
        <Link href={`/behind/${address}`}>{number.toLocaleString("zh-CN")}</Link>
      ) : (
        (number ?? "–")
      )}
    </td>
  );
}

/** A figure of the earlier day, and by how much that of now differs. */
function Beside({ question, row, at }: { question: Question; row: Row; at: number }) {
  const { figures, differences } = row.compared ?? { figures: [], differences: [] };
  const difference = differences[at] && figureOf(differences[at]);
  return (
    <>
      <Opening question={question} row={row} figure={figures[at]} side="then" />
      <td className="number">{difference?.toLocaleString("zh-CN", { signDisplay: "exceptZero" }) ?? "–"}</td>
    </>
  );
}

/** The ways to the records that are counted on one of the days alone. */
function Changed({ question, row }: { question: Question; row: Row }) {
  if (!row.compared) return <td>–</td>;
  const key = keyOf(row, question.by);
  return (
    <td className="ways">
      {(["late", "gone"] as const).map((side) => (
        <Link href={`/behind/${addressBehind({ question, side, key })}`} key={side}>
          {t(`behind.${side}`)}
        </Link>
      ))}
    </td>
  );
}

/** Whether a row adds up others, over a dimension or over any. */
function isTotal({ totals = [] }: Row, dimension?: string): boolean {
  return dimension ? totals.includes(dimension) : totals.length > 0;
}

function nameOf(label: string, isTotal: boolean): string {
  return isTotal ? t("figures.all") : label || t("ask.unknown");
}
