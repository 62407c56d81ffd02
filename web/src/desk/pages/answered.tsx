import { Empty, Notice } from "../../shared/ui/parts";
import type { WordsQuery } from "../../generated/desk";
import type { Labelled } from "../drawing";
import { fieldsOf } from "../filter";
import { language, t } from "../i18n";
import { figureOf, fileTextOf, labelsOf, type Question, type Row } from "../question";
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

/** An answer, as a table and drawn, and how to take it home. */
export function Shown({ answered, words, title }: { answered: Answered; words: WordsQuery; title: string }) {
  const { question, rows, found, withheld } = answered;
  const wordOf = (dimension: string, code: string) => {
    const lists = LISTS[dimension] ?? [];
    const list = lists.find((list) => words[list]?.enumValues?.some(({ name }) => name === code));
    return list ? wordIn(words[list], code, language.get()) : code;
  };
  const labelled = rows.map((row) => {
    const labels = labelsOf(row, question.by, wordOf);
    return { row, labels: labels.map((label, i) => nameOf(label, isTotal(row, question.by[i]))) };
  });
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
          <Drawn answered={answered} rows={parts} title={title} />
        </div>
      )}
      <Take text={fileTextOf(question, fieldsOf(question.of, words))} />
    </section>
  );
}

function Table({
  question,
  labelled,
  words,
}: {
  question: Question;
  labelled: Labelled[];
  words: WordsQuery;
}) {
  return (
    <div className="scroller" tabIndex={0} role="region" aria-label={t("ask.table")}>
      <table className="figures">
        <thead>
          <tr>
            {question.by.map((dimension) => (
              <th scope="col" key={dimension}>
                {wordIn(words.Dimension, dimension, language.get())}
              </th>
            ))}
            {question.measures.map((measure) => (
              <th scope="col" className="number" key={measure}>
                {measureWord(measure, words)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {labelled.map(({ row, labels }, i) => (
            <tr className={isTotal(row) ? "total" : undefined} key={i}>
              {labels.map((label, at) => (
                <td key={question.by[at]}>{label}</td>
              ))}
              {row.figures.map((figure, at) => (
                <td className="number" key={question.measures[at]}>
                  {figureOf(figure)?.toLocaleString("zh-CN") ?? "–"}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Whether a row adds up others, over a dimension or over any. */
function isTotal({ totals = [] }: Row, dimension?: string): boolean {
  return dimension ? totals.includes(dimension) : totals.length > 0;
}

function nameOf(label: string, isTotal: boolean): string {
  return isTotal ? t("figures.all") : label || t("ask.unknown");
}
