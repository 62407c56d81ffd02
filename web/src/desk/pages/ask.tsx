import { useEffect, useRef, useState } from "react";
import { SelectField, SomeOf, TextField } from "../../shared/ui/fields";
import { Busy, Empty, Heading, Notice } from "../../shared/ui/parts";
import { useTheme } from "../../shared/ui/theme";
import { CountiesDocument, WordsDocument, type WordsQuery } from "../../generated/desk";
import { explained } from "../hub/client";
import { language, t } from "../i18n";
import { DIMENSIONS, figureOf, hasDays, hasPlaces, labelsOf, type Question, type Row, textOf } from "../question";
import { session } from "../session";
import { useAnswer } from "../ui/answer";
import { Fault } from "../ui/faults";
import { numberOf } from "../ui/words";
import { wordIn } from "../words";
import type { Bar } from "./chart";

interface Answered {
  question: Question;
  rows: Row[];
  found: number;
  withheld: boolean;
  price?: { price: number; limit: number };
}

interface Told {
  statistics: { found: number; withheld: boolean; rows: Row[] };
}

const FIRST: Question = { of: "VISITS", measures: ["COUNT"], by: ["COUNTY"], from: "", to: "", division: "" };

/** A question put together from words, beside its GraphQL; and its answer. */
export function Ask() {
  const words = useAnswer(WordsDocument, {});
  const counties = useAnswer(CountiesDocument, {});
  const [question, setQuestion] = useState(FIRST);
  const [answered, setAnswered] = useState<Answered>();
  const [fault, setFault] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const error = words.error ?? counties.error;
  const text = textOf(question);

  async function ask() {
    setBusy(true);
    setFault(undefined);
    try {
      const { data, price } = await explained<Told>(text);
      setAnswered({ question, ...data.statistics, ...(price && { price }) });
    } catch (error) {
      session.heed(error);
      setAnswered(undefined);
      setFault(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <div className="page">
      <Heading>{t("ask.title")}</Heading>
      {error !== undefined && <Fault error={error} again={words.error ? words.again : counties.again} />}
      {words.data && counties.data ? (
        <>
          <div className="panels">
            <Builder
              question={question}
              change={setQuestion}
              words={words.data}
              counties={counties.data.divisions.nodes}
            />
            <section className="panel">
              <h2>{t("ask.text")}</h2>
              <pre className="query" tabIndex={0} role="region" aria-label={t("ask.text")}>
                {text}
              </pre>
              <p className="muted small">{t("ask.textHint")}</p>
            </section>
          </div>
          <p>
            <button
              type="button"
              className="button strong"
              disabled={isBusy || question.measures.length === 0}
              onClick={ask}
            >
              {isBusy ? t("common.wait") : t("ask.ask")}
            </button>
          </p>
        </>
      ) : (
        error === undefined && <Busy />
      )}
      {fault !== undefined && <Fault error={fault} />}
      {answered && words.data && <Shown answered={answered} words={words.data} />}
    </div>
  );
}

function Builder({
  question,
  change,
  words,
  counties,
}: {
  question: Question;
  change: (question: Question) => void;
  words: WordsQuery;
  counties: { code: string; name: string }[];
}) {
  const choices = (of: "StatisticsOf" | "Dimension" | "Measure") =>
    (words[of]?.enumValues ?? []).map(({ name }) => [name, wordIn(words[of], name, language.get())] as const);
  const isFull = question.by.length >= DIMENSIONS;
  return (
    <section className="panel">
      <SelectField
        label={t("ask.of")}
        choices={choices("StatisticsOf")}
        value={question.of}
        change={(of) => change({ ...question, of })}
      />
      <SomeOf
        label={t("ask.measures")}
        // Sums, means and medians are of a number that has to be named; rates and shares are here.
        choices={choices("Measure").filter(([code]) => !["SUM", "MEAN", "MEDIAN"].includes(code))}
        value={question.measures}
        change={(measures) => change({ ...question, measures })}
      />
      <SomeOf
        label={t("ask.by", { count: DIMENSIONS })}
        choices={choices("Dimension").filter(([code]) => !isFull || question.by.includes(code))}
        value={question.by}
        change={(by) => change({ ...question, by })}
      />
      {hasPlaces(question.of) && (
        <SelectField
          label={t("ask.division")}
          choices={[["", t("ask.everywhere")], ...counties.map(({ code, name }) => [code, name] as const)]}
          value={question.division}
          change={(division) => change({ ...question, division })}
        />
      )}
      {hasDays(question.of) && (
        <div className="controls">
          <TextField
            label={t("ask.from")}
            type="date"
            optional
            value={question.from}
            change={(from) => change({ ...question, from })}
          />
          <TextField
            label={t("ask.to")}
            type="date"
            optional
            value={question.to}
            change={(to) => change({ ...question, to })}
          />
        </div>
      )}
    </section>
  );
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

function Shown({ answered, words }: { answered: Answered; words: WordsQuery }) {
  const { question, rows, found, withheld, price } = answered;
  const wordOf = (dimension: string, code: string) => {
    const lists = LISTS[dimension] ?? [];
    const list = lists.find((list) => words[list]?.enumValues?.some(({ name }) => name === code));
    return list ? wordIn(words[list], code, language.get()) : code;
  };
  const labelled = rows.map((row) => ({ row, labels: labelsOf(row, question.by, wordOf) }));
  const bars = labelled.flatMap(({ row, labels }) => {
    const value = row.figures[0] && figureOf(row.figures[0]);
    return value == null ? [] : [{ label: labels.map(nameOf).join(" · "), value }];
  });
  return (
    <section className="panel" aria-label={t("ask.answer")}>
      <h2>{t("ask.answer")}</h2>
      <p role="status" className="muted">
        {t("ask.found", { found: numberOf(found) })}
        {price && ` ${t("ask.price", { price: numberOf(price.price), limit: numberOf(price.limit) })}`}
      </p>
      {withheld && <Notice>{t("figures.some")}</Notice>}
      {rows.length === 0 ? (
        <Empty title={t("ask.none")} hint={t("ask.noneHint")} />
      ) : (
        <div className="panels">
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
                      {wordIn(words.Measure, measure, language.get())}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {labelled.map(({ row, labels }, i) => (
                  <tr key={i}>
                    {labels.map((label, at) => (
                      <td key={question.by[at]}>{nameOf(label)}</td>
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
          {question.by.length > 0 && bars.length > 0 && <Chart bars={bars.slice(0, BARS)} isPart={bars.length > BARS} />}
        </div>
      )}
    </section>
  );
}

function nameOf(label: string): string {
  return label || t("ask.unknown");
}

/** More bars than that are not told apart on a screen. */
const BARS = 30;

function Chart({ bars, isPart }: { bars: Bar[]; isPart: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  const theme = useTheme();
  const drawing = JSON.stringify(bars);
  useEffect(() => {
    let end = () => {};
    let isWanted = true;
    void import("./chart").then(({ drawn }) => {
      if (!isWanted || !place.current) return;
      const chart = drawn(place.current, JSON.parse(drawing) as Bar[]);
      const fit = () => chart.resize();
      addEventListener("resize", fit);
      end = () => {
        removeEventListener("resize", fit);
        chart.dispose();
      };
    });
    return () => {
      isWanted = false;
      end();
    };
  }, [drawing, theme]);
  return (
    <figure>
      <div ref={place} className="chart" role="img" aria-label={t("ask.chart")} />
      {isPart && <figcaption className="muted small">{t("ask.chartPart", { count: BARS })}</figcaption>}
    </figure>
  );
}
