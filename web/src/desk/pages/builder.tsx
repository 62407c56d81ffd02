import { SelectField, SomeOf, TextField } from "../../shared/ui/fields";
import type { PlacesQuery, WordsQuery } from "../../generated/desk";
import { fieldsOf } from "../filter";
import { daysBefore, today } from "../figures";
import { language, t } from "../i18n";
import { DIMENSIONS, type Question } from "../question";
import { wordIn } from "../words";
import { Conditions } from "./conditions";

/** Measures that are of a number, which is named with them. */
const OF_A_NUMBER = ["SUM", "MEAN", "MEDIAN"];

const TOTALS = ["", "ROLLUP", "CUBE"] as const;

/** What a question is put together from. */
export function Builder({
  question,
  change,
  words,
  places,
}: {
  question: Question;
  change: (question: Question) => void;
  words: WordsQuery;
  places: PlacesQuery;
}) {
  const choices = (of: "StatisticsOf" | "Dimension") =>
    (words[of]?.enumValues ?? []).map(({ name }) => [name, wordIn(words[of], name, language.get())] as const);
  const isFull = question.by.length >= DIMENSIONS;
  const fields = fieldsOf(question.of, words);

  function changeOf(of: string) {
    // What both kinds of records may be picked by stays picked.
    const known = new Set(fieldsOf(of, words).map(({ name, list }) => `${name} ${list}`));
    const kept = fields.filter(({ name, list }) => name in question.where && known.has(`${name} ${list}`));
    const where = Object.fromEntries(kept.map(({ name }) => [name, question.where[name] ?? []]));
    change({ ...question, of, where });
  }

  return (
    <section className="panel">
      <SelectField label={t("ask.of")} choices={choices("StatisticsOf")} value={question.of} change={changeOf} />
      <SomeOf
        label={t("ask.measures")}
        choices={measuresIn(words).map((code) => [code, measureWord(code, words)] as const)}
        value={question.measures}
        change={(measures) => change({ ...question, measures })}
      />
      <SomeOf
        label={t("ask.by", { count: DIMENSIONS })}
        choices={choices("Dimension").filter(([code]) => !isFull || question.by.includes(code))}
        value={question.by}
        change={(by) => change({ ...question, by })}
      />
      {question.by.length > 0 && (
        <SelectField
          label={t("ask.totals")}
          choices={TOTALS.map((totals) => [totals, t(`totals.${totals || "NONE"}`)] as const)}
          value={TOTALS.find((totals) => totals === question.totals) ?? ""}
          change={(totals) => change({ ...question, totals })}
        />
      )}
      <Days question={question} change={change} />
      <Conditions
        fields={fields}
        where={question.where}
        change={(where) => change({ ...question, where })}
        words={words}
        places={places}
        // Another kind of records has other conditions.
        key={question.of}
      />
    </section>
  );
}

/** As of which day the record is asked, and which one stands beside it. */
function Days({ question, change }: { question: Question; change: (question: Question) => void }) {
  const { asOf = "", compare = "" } = question;
  return (
    <div className="controls">
      <TextField
        label={t("ask.asOf")}
        hint={t("ask.asOfHint")}
        type="date"
        max={today()}
        value={asOf}
        change={(asOf) => change({ ...question, asOf })}
      />
      <TextField
        label={t("ask.compare")}
        hint={t("ask.compareHint")}
        type="date"
        max={daysBefore(asOf || today(), 1)}
        value={compare}
        change={(compare) => change({ ...question, compare })}
      />
    </div>
  );
}

function measuresIn(words: WordsQuery): string[] {
  const facts = words.Fact?.enumValues ?? [];
  return (words.Measure?.enumValues ?? []).flatMap(({ name }) =>
    OF_A_NUMBER.includes(name) ? facts.map((fact) => `${name}.${fact.name}`) : [name],
  );
}

export function measureWord(code: string, words: WordsQuery): string {
  const [measure = "", of] = code.split(".");
  const word = wordIn(words.Measure, measure, language.get());
  return of ? `${word} · ${wordIn(words.Fact, of, language.get())}` : word;
}
