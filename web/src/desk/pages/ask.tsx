import { useEffect, useMemo, useState } from "react";
import { useLocation } from "wouter";
import { Busy, Heading } from "../../shared/ui/parts";
import { CountiesDocument, WordsDocument, type WordsQuery } from "../../generated/desk";
import { explained } from "../hub/client";
import { language, t } from "../i18n";
import { addressOf, FIRST, type Question, questionIn, type Row, textOf } from "../question";
import { session } from "../session";
import { useAnswer } from "../ui/answer";
import { Fault } from "../ui/faults";
import { useTitle } from "../ui/title";
import { wordIn } from "../words";
import { type Answered, Shown } from "./answered";
import { Builder } from "./builder";

interface Told {
  statistics: { found: number; withheld: boolean; rows: Row[] };
}

/** A question put together from words, beside its GraphQL; and the answer to that of the address. */
export function Ask() {
  const words = useAnswer(WordsDocument, {});
  const counties = useAnswer(CountiesDocument, {});
  const [, go] = useLocation();
  // As the browser has it: the router decodes a part of it.
  const address = location.hash.replace(/^#?\/?ask\/?/, "");
  const asked = useMemo(() => questionIn(address), [address]);
  const [question, setQuestion] = useState(asked ?? FIRST);
  useEffect(() => {
    if (asked) setQuestion(asked);
  }, [asked]);
  const { answered, fault, isBusy, again } = useAnswered(asked);
  useTitle(asked && words.data && sentenceOf(asked, words.data));
  const error = words.error ?? counties.error;
  const text = textOf(question);

  function ask() {
    if (addressOf(question) === address) again();
    else go(`/ask/${addressOf(question)}`);
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
      {answered && words.data && (
        <Shown answered={answered} words={words.data} title={sentenceOf(answered.question, words.data)} />
      )}
    </div>
  );
}

/** The answer to a question, asked when it is another one, and again. */
function useAnswered(question: Question | undefined) {
  const [told, setTold] = useState<{ answered?: Answered; fault?: unknown; isBusy: boolean }>({ isBusy: false });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let isWanted = true;
    setTold({ isBusy: question !== undefined });
    if (!question) return;
    explained<Told>(textOf(question)).then(
      ({ data, price }) => {
        const answered = { question, ...data.statistics, ...(price && { price }) };
        if (isWanted) setTold({ answered, isBusy: false });
      },
      (fault: unknown) => {
        session.heed(fault);
        if (isWanted) setTold({ fault, isBusy: false });
      },
    );
    return () => {
      isWanted = false;
    };
  }, [question, turn]);
  return { ...told, again: () => setTurn((turn) => turn + 1) };
}

/** What a question asks, in words. */
function sentenceOf({ of, measures, by }: Question, words: WordsQuery): string {
  const spoken = (list: "Measure" | "Dimension", codes: string[]) =>
    codes.map((code) => wordIn(words[list], code, language.get())).join(t("common.and"));
  const values = {
    of: wordIn(words.StatisticsOf, of, language.get()),
    measures: spoken("Measure", measures),
    by: spoken("Dimension", by),
  };
  return t(by.length > 0 ? "ask.sentence" : "ask.sentenceAll", values);
}
