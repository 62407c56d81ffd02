import { SelectField, SomeOf, TextField } from "../../shared/ui/fields";
import type { WordsQuery } from "../../generated/desk";
import { language, t } from "../i18n";
import { DIMENSIONS, hasDays, hasPlaces, type Question } from "../question";
import { wordIn } from "../words";

/** What a question is put together from. */
export function Builder({
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
