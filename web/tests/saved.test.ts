import { readFileSync } from "node:fs";
import { buildSchema, graphqlSync, print } from "graphql";
import { expect, test } from "vitest";
import { type Field, fieldsOf } from "../src/desk/filter";
import { fileTextOf, type Question, textOf } from "../src/desk/question";
import { hourOf, questionOf } from "../src/desk/saved";
import { WordsDocument, type WordsQuery } from "../src/generated/desk";

const schema = buildSchema(readFileSync(new URL("../../graphql/schema.graphql", import.meta.url), "utf8"));
const words = graphqlSync({ schema, source: print(WordsDocument) }).data as unknown as WordsQuery;
const known = (of: string) => fieldsOf(of, words);

function savedAndOpened(question: Question): Question | undefined {
  return questionOf(fileTextOf(question, known(question.of)), known);
}

const SAMPLES: Record<Field["kind"], (field: Field) => string[]> = {
  codes: ({ list }) => (words[list as keyof WordsQuery]?.enumValues ?? []).map(({ name }) => name),
  numbers: () => ["1", "4"],
  texts: () => ["S410802001", 'a"b\\c, d'],
  text: () => ['410802" }) { a }'],
  day: () => ["2026-01-31"],
  days: () => ["", "2026-01-31"],
  instant: () => ["2026-01-31"],
  yes: () => ["false"],
};

test("a question that was saved is opened as it was, with every condition there is", () => {
  for (const { name: of } of words.StatisticsOf?.enumValues ?? []) {
    const where = Object.fromEntries(known(of).map((field) => [field.name, SAMPLES[field.kind](field)]));
    const question: Question = { of, measures: ["COUNT", "MEAN.MINUTES"], by: ["COUNTY", "AGE_BAND"], where };
    expect(savedAndOpened(question), of).toEqual(question);
    const more = { totals: "CUBE", asOf: "2026-02-28", compare: "2026-01-31" };
    expect(savedAndOpened({ ...question, ...more })).toEqual({ ...question, ...more });
    expect(savedAndOpened({ of, measures: ["COUNT"], by: [], where: {} })).toMatchObject({ of, by: [], where: {} });
  }
});

test("a text that says more than the desk can put together is not opened as less", () => {
  const question: Question = { of: "VISITS", measures: ["COUNT"], by: ["COUNTY"], where: {} };
  const text = fileTextOf(question, known("VISITS"));
  expect(questionOf(text, known)).toEqual(question);
  const others = [
    "",
    "query {",
    "query { needs { nodes { id } } }",
    "query Named { statistics(of: VISITS, measures: [{ measure: COUNT }]) { rows { figures { count } } } }",
    text.replace("of: VISITS", "of: VISITS, sampleOf: 3"),
    text.replace("rows {", "rows {\n      mode"),
    textOf(question, known("VISITS")),
  ];
  expect(others.map((other) => questionOf(other, known))).toEqual(others.map(() => undefined));
});

test("hours are told as clocks have them", () => {
  expect([hourOf(0), hourOf(8), hourOf(23)]).toEqual(["00:00", "08:00", "23:00"]);
});
