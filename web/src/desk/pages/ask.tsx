import { useEffect, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { Busy, Heading } from "../../shared/ui/parts";
import { PlacesDocument, type PlacesQuery, WordsDocument, type WordsQuery } from "../../generated/desk";
import { fieldsOf } from "../filter";
import { isTold } from "../../shared/failure";
import { explained, type Price } from "../hub/client";
import { type Key, language, t } from "../i18n";
import { addressOf, fileTextOf, FIRST, priceTextOf, type Question, questionIn, type Row, textOf } from "../question";
import { session } from "../session";
import { useAnswer } from "../ui/answer";
import { Fault } from "../ui/faults";
import { useTitle } from "../ui/title";
import { numberOf } from "../ui/words";
import { wordIn } from "../words";
import { type Answered, Shown } from "./answered";
import { Builder, measureWord } from "./builder";
import { conditionOf } from "./conditions";
import { Keep } from "./keep";

/** A question put together from words, beside its GraphQL; and the answer to that of the address. */
export function Ask() {
  const words = useAnswer(WordsDocument, {});
  const places = useAnswer(PlacesDocument, {});
  const broken = [words, places].find(({ error }) => error !== undefined);
  return (
    <div className="page">
      <Heading>{t("ask.title")}</Heading>
      {broken && <Fault error={broken.error} again={broken.again} />}
      {words.data && places.data ? <Asking words={words.data} places={places.data} /> : !broken && <Busy />}
    </div>
  );
}

interface Ground {
  words: WordsQuery;
  places: PlacesQuery;
}

function Asking(ground: Ground) {
  const { words } = ground;
  const [, go] = useLocation();
  // As the browser has it: the router decodes a part of it.
  const address = location.hash.replace(/^#?\/?ask\/?/, "");
  const asked = useMemo(() => questionIn(address), [address]);
  const [question, setQuestion] = useState(asked ?? FIRST);
  useEffect(() => {
    if (asked) setQuestion(asked);
  }, [asked]);
  const { answered, fault, isBusy, again } = useAnswered(asked, words);
  useTitle(asked && sentenceOf(asked, ground));
  const fields = fieldsOf(question.of, words);
  const isWhole = question.measures.length > 0;

  function ask() {
    if (addressOf(question) === address) again();
    else go(`/ask/${addressOf(question)}`);
  }

  return (
    <>
      <div className="panels">
        <Builder question={question} change={setQuestion} {...ground} />
        <section className="panel">
          <h2>{t("ask.text")}</h2>
          <pre className="query" tabIndex={0} role="region" aria-label={t("ask.text")}>
            {textOf(question, fields)}
          </pre>
          <p className="muted small">{t("ask.textHint")}</p>
          {isWhole && <Cost text={priceTextOf(question, fields)} />}
        </section>
      </div>
      <p>
        <button type="button" className="button strong" disabled={isBusy || !isWhole} onClick={ask}>
          {isBusy ? t("common.wait") : t("ask.ask")}
        </button>
      </p>
      {fault !== undefined && <Fault error={fault} />}
      {answered && <Shown answered={answered} words={words} {...titlesOf(answered.question, ground)} />}
      <Keep text={isWhole ? fileTextOf(question, fields) : undefined} title={sentenceOf(question, ground)} />
    </>
  );
}

interface Told {
  statistics: { found: number; withheld: boolean; rows: Row[] };
}

/** The answer to a question, asked when it is another one, and again. */
function useAnswered(question: Question | undefined, words: WordsQuery) {
  const [told, setTold] = useState<{ answered?: Answered; fault?: unknown; isBusy: boolean }>({ isBusy: false });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isWanted = true;
    setTold({ isBusy: question !== undefined });
    if (!question) return;
    explained<Told>(textOf(question, fieldsOf(question.of, words))).then(
      ({ data }) => isWanted && setTold({ answered: { question, ...data.statistics }, isBusy: false }),
      (fault: unknown) => {
        session.heed(fault);
        if (isWanted) setTold({ fault, isBusy: false });
      },
    );
    return () => {
      isWanted = false;
    };
  }, [question, words, turn]);
  return { ...told, again: () => setTurn((turn) => turn + 1) };
}

/** How long a question has to stay as it is before its price is asked for. */
const REST = 500;

/** What the question would cost, or why it would not be let in. */
function Cost({ text }: { text: string }) {
  const [told, setTold] = useState<{ price?: Price | undefined; refused?: string }>({});
  useEffect(() => {
    let isWanted = true;
    const look = () =>
      explained(text).then(
        ({ price }) => isWanted && setTold({ price }),
        (error: unknown) => {
          session.heed(error);
          if (isWanted) setTold(isTold(error) ? { refused: error.message } : {});
        },
      );
    const waiting = setTimeout(look, REST);
    return () => {
      isWanted = false;
      clearTimeout(waiting);
    };
  }, [text]);
  const { price, refused } = told;
  return (
    <p role="status" className={refused ? "fault" : "muted small"}>
      {price && t("ask.price", { price: numberOf(price.price), limit: numberOf(price.limit) })}
      {refused && t("ask.refused", { message: refused })}
    </p>
  );
}

function titlesOf(question: Question, ground: Ground) {
  const { compare: _, ...drawn } = question;
  return { title: sentenceOf(question, ground), drawnTitle: sentenceOf(drawn, ground) };
}

/** What a question asks, in words. */
function sentenceOf({ of, measures, by, totals, where, asOf, compare }: Question, ground: Ground): string {
  const { words } = ground;
  const joined = (told: string[]) => told.join(t("common.and"));
  const values = {
    of: wordIn(words.StatisticsOf, of, language.get()),
    measures: joined(measures.map((code) => measureWord(code, words))),
    by: joined(by.map((code) => wordIn(words.Dimension, code, language.get()))),
  };
  const conditions = fieldsOf(of, words)
    .filter(({ name }) => where[name]?.some(Boolean))
    .map((field) => conditionOf(field, where[field.name] ?? [], ground));
  const told = totals && by.length > 0 ? [t(`totals.${totals}` as Key)] : [];
  const days = [...(asOf ? [t("counted.asOf", { day: asOf })] : []), ...(compare ? [t("ask.beside", { day: compare })] : [])];
  const asked = t(by.length > 0 ? "ask.sentence" : "ask.sentenceAll", values);
  return [asked, ...told, ...days, ...conditions].join(t("common.semicolon"));
}
