import { readFileSync } from "node:fs";
import { buildSchema, graphqlSync, parse, print, validate } from "graphql";
import { expect, test } from "vitest";
import { askedOf, type Behind, addressBehind, behindIn, keyOf, recordsTextOf, SIDES } from "../src/desk/behind";
import { drawingOf, formsOf, type Labelled, periodsOf } from "../src/desk/drawing";
import { type Field, fieldsOf, type Kind } from "../src/desk/filter";
import {
  addressOf,
  fieldOf,
  figureOf,
  fileTextOf,
  labelsOf,
  priceTextOf,
  type Question,
  questionIn,
  type Row,
  shortOf,
  textOf,
} from "../src/desk/question";
import { spoken, wordIn } from "../src/desk/words";
import { WordsDocument, type WordsQuery } from "../src/generated/desk";

const schema = buildSchema(readFileSync(new URL("../../graphql/schema.graphql", import.meta.url), "utf8"));

/** What the hub tells of its lists and filters. */
const words = graphqlSync({ schema, source: print(WordsDocument) }).data as unknown as WordsQuery;

function codesOf(list: keyof WordsQuery): string[] {
  return (words[list]?.enumValues ?? []).map(({ name }) => name);
}

const problemsOf = (text: string) => validate(schema, parse(text)).map(({ message }) => message);

const SAMPLES: Record<Exclude<Kind, "codes">, string[]> = {
  numbers: ["1", "4"],
  texts: ["S410802001", "a,b&c=d%"],
  text: ['410802" }) { a }'],
  day: ["2026-01-31"],
  days: ["2026-01-01", ""],
  instant: ["2026-01-31"],
  yes: ["false"],
};

function sampleOf({ kind, list }: Field): string[] {
  return kind === "codes" ? codesOf(list as keyof WordsQuery) : SAMPLES[kind];
}

test("whatever is chosen, the text is a question of the schema", () => {
  const dimensions = codesOf("Dimension");
  for (const of of codesOf("StatisticsOf")) {
    const fields = fieldsOf(of, words);
    for (const text of [textOf, fileTextOf, priceTextOf]) {
      const question: Question = { of, measures: ["COUNT", "MEAN.MINUTES"], by: dimensions, where: {} };
      expect(problemsOf(text(question, fields)), of).toEqual([]);
    }
  }
});

test("records are picked by every field of their filter, each of its own kind", () => {
  for (const of of codesOf("StatisticsOf")) {
    const fields = fieldsOf(of, words);
    expect(fields.length, of).toBeGreaterThan(4);
    const where = Object.fromEntries(fields.map((field) => [field.name, sampleOf(field)]));
    const question: Question = { of, measures: ["COUNT"], by: [], where };
    const text = textOf(question, fields);
    expect(problemsOf(text), of).toEqual([]);
    for (const { name, description } of fields) {
      expect(text).toContain(`${name}: `);
      expect(spoken(description, "en"), `${of} ${name}`).not.toBe("");
    }
    expect(questionIn(addressOf(question))).toEqual(question);
  }
});

test("what was not chosen is not in the text", () => {
  const question: Question = { of: "VISITS", measures: ["COUNT"], by: [], where: { visited: ["", ""], modes: [] } };
  const fields = fieldsOf("VISITS", words);
  expect(textOf(question, fields)).not.toMatch(/where|by:/);
  const days = { ...question, where: { visited: ["", "2026-01-31"], unknown: ["x"] } };
  expect(textOf(days, fields)).toContain('where: { visits: { visited: { to: "2026-01-31" } } }');
  expect(textOf({ ...question, where: { ledgers: ["CHILD", "CHILD] }"] } }, fields)).toContain("ledgers: [CHILD]");
});

test("a day is when it begins in the city", () => {
  const question: Question = { of: "SUBMISSIONS", measures: ["COUNT"], by: [], where: { receivedFrom: ["2026-01-31"] } };
  expect(textOf(question, fieldsOf("SUBMISSIONS", words))).toContain('receivedFrom: "2026-01-31T00:00:00+08:00"');
});

test("a file is of the rows alone, and has no numbers that are whole anyway", () => {
  const question: Question = { of: "VISITS", measures: ["COUNT", "SUM.MINUTES"], by: [], where: {} };
  expect(textOf(question, [])).toContain("found");
  expect(fileTextOf(question, [])).not.toMatch(/found|withheld|value/);
  expect(fileTextOf({ ...question, measures: ["COUNT", "MEAN.MINUTES"] }, [])).toContain("figures { count value }");
});

test("the address of a question is the question, and what is no code in it is none", () => {
  const question: Question = {
    of: "VISITS",
    measures: ["COUNT", "MEAN.MINUTES"],
    by: ["COUNTY", "AGE_BAND"],
    where: { visited: ["2026-01-01", "2026-01-31"], modes: ["HOME", "PHONE"] },
  };
  expect(addressOf(question)).toBe(
    "of=VISITS&measures=COUNT,MEAN.MINUTES&by=COUNTY,AGE_BAND" +
      "&where.visited=2026-01-01,2026-01-31&where.modes=HOME,PHONE",
  );
  expect(questionIn(addressOf(question))).toEqual(question);
  expect([questionIn(""), questionIn("by=COUNTY"), questionIn("of=%E4")]).toEqual([undefined, undefined, undefined]);
  const wrong = "of=VISITS&measures=COUNT,COUNT%20}]%20)%20{%20found%20}&by=SEX,COUNTY){,YEAR,MONTH,DAY,WEEK";
  const read = questionIn(wrong) as Question;
  expect(read).toMatchObject({ measures: ["COUNT"], by: ["SEX", "YEAR", "MONTH", "DAY"] });
  expect(problemsOf(textOf(read, []))).toEqual([]);
});

test("rows are labelled by names, words, bands and periods, and figures are counts or two places", () => {
  const row = {
    county: { name: "解放区" },
    ageBand: { from: 60, to: null },
    risk: "HIGH",
    quarter: "2026-10-01",
    figures: [],
  };
  const told = (dimension: string, code: string) => `${dimension}/${code}`;
  expect(labelsOf(row, ["COUNTY", "AGE_BAND", "RISK", "QUARTER", "SEX"], told)).toEqual([
    "解放区",
    "60+",
    "RISK/HIGH",
    "QUARTER/2026 Q4",
    "",
  ]);
  expect([shortOf("2026-01-01", "MONTH"), shortOf("2026-01-01", "DAY")]).toEqual(["2026-01", "2026-01-01"]);
  expect(fieldOf("INCOME_CLASS")).toBe("incomeClass");
  expect(figureOf({ count: null, value: 12.3456 })).toBe(12.35);
  expect(figureOf({ count: 3, value: 3 })).toBe(3);
  expect([figureOf({ count: null, value: null }), figureOf({ count: null })]).toEqual([null, null]);
});

test("words come from descriptions, in Chinese and where there is one in English", () => {
  expect([wordIn(words.StatisticsOf, "VISITS", "zh"), wordIn(words.StatisticsOf, "VISITS", "en")]).toEqual([
    "探访",
    "visits",
  ]);
  expect([wordIn(words.Dimension, "COUNTY", "zh"), wordIn(words.Dimension, "COUNTY", "en")]).toEqual([
    "县(市、区)",
    "county",
  ]);
  expect(wordIn(undefined, "NO_WORD", "zh")).toBe("no word");
});

test("time is drawn as lines, ages of men and women as a pyramid, and all as bars where one wants them", () => {
  expect(formsOf([])).toEqual([]);
  expect(formsOf(["COUNTY"])).toEqual(["bars", "map"]);
  expect(formsOf(["TOWNSHIP"])).toEqual(["bars"]);
  expect(formsOf(["KIND", "MONTH"])).toEqual(["lines", "bars"]);
  expect(formsOf(["YEAR", "MONTH"])).toEqual(["bars"]);
  expect(formsOf(["SEX", "AGE_BAND"])).toEqual(["pyramid", "bars"]);
  expect(formsOf(["SEX", "AGE_BAND", "COUNTY"])).toEqual(["bars"]);
});

test("no period is left out between the first and the last", () => {
  expect(periodsOf(["2026-02-01", "2025-11-01"], "MONTH")).toEqual([
    "2025-11-01",
    "2025-12-01",
    "2026-01-01",
    "2026-02-01",
  ]);
  expect(periodsOf(["2026-07-01", "2026-01-01"], "QUARTER")).toEqual(["2026-01-01", "2026-04-01", "2026-07-01"]);
  expect(periodsOf(["2025-12-29", "2026-01-12"], "WEEK")).toEqual(["2025-12-29", "2026-01-05", "2026-01-12"]);
  expect(periodsOf(["2028-02-28", "2028-03-01"], "DAY")).toEqual(["2028-02-28", "2028-02-29", "2028-03-01"]);
  expect(periodsOf(["2024", "2026"], "YEAR")).toEqual(["2024", "2025", "2026"]);
  expect([periodsOf([], "DAY"), periodsOf(["2026"], "YEAR")]).toEqual([[], ["2026"]]);
});

function labelled(row: Omit<Row, "figures">, labels: string[], count: number | null): Labelled {
  return { row: { ...row, figures: [{ count }] }, labels };
}

const VISITS = [
  labelled({ month: "2026-01-01", mode: "HOME" }, ["2026-01", "入户"], 9),
  labelled({ month: "2026-03-01", mode: "HOME" }, ["2026-03", "入户"], 4),
  labelled({ month: "2026-03-01", mode: "PHONE" }, ["2026-03", "电话"], 12),
];

test("a line for each of the others, the highest first; none is none only where nothing is withheld", () => {
  const answer = { by: ["MONTH", "MODE"], measure: "COUNT", rows: VISITS, withheld: false };
  expect(drawingOf("lines", answer).drawing).toEqual({
    form: "lines",
    periods: ["2026-01", "2026-02", "2026-03"],
    series: [
      { name: "电话", values: [0, 0, 12] },
      { name: "入户", values: [9, 0, 4] },
    ],
  });
  const gaps = [null, null, 12];
  expect(drawingOf("lines", { ...answer, withheld: true }).drawing).toMatchObject({ series: [{ values: gaps }, {}] });
  expect(drawingOf("lines", { ...answer, measure: "SHARE" }).drawing).toMatchObject({ series: [{ values: gaps }, {}] });
});

test("of many bars and lines the first are drawn, and that is told", () => {
  const many = Array.from({ length: 31 }, (_, i) => labelled({ month: "2026-01-01", mode: i }, ["2026-01", `${i}`], i));
  const answer = { by: ["MONTH", "MODE"], measure: "COUNT", rows: many, withheld: false };
  expect(drawingOf("bars", answer)).toMatchObject({ isPart: true, drawing: { bars: { length: 30 } } });
  const { drawing, isPart } = drawingOf("lines", answer);
  expect(isPart).toBe(true);
  expect(drawing).toMatchObject({ series: { length: 8, 0: { name: "30" } } });
  expect(drawingOf("bars", { ...answer, rows: many.slice(0, 30) }).isPart).toBe(false);
});

test("a pyramid has the youngest first and both sides for each band", () => {
  const of = (from: number, to: number | null, sex: string, label: string, count: number | null) =>
    labelled({ ageBand: { from, to }, sex }, [label, sex === "MALE" ? "男" : "女"], count);
  const rows = [
    of(80, null, "MALE", "80+", 3),
    of(60, 69, "MALE", "60–69", 7),
    of(60, 69, "FEMALE", "60–69", 8),
    labelled({ ageBand: null, sex: "MALE" }, ["", "男"], 99),
  ];
  const answer = { by: ["AGE_BAND", "SEX"], measure: "PEOPLE", rows, withheld: false };
  expect(drawingOf("pyramid", answer).drawing).toEqual({
    form: "pyramid",
    bands: ["60–69", "80+"],
    series: [
      { name: "男", values: [7, 3] },
      { name: "女", values: [8, 0] },
    ],
  });
});

test("a map has each county by its code, and nothing of rows without one", () => {
  const rows = [
    labelled({ county: { code: "410802", name: "解放区" } }, ["解放区"], 7),
    labelled({ county: { code: "410882", name: "沁阳市" } }, ["沁阳市"], null),
    labelled({ county: null }, ["未填"], 2),
  ];
  const answer = { by: ["COUNTY"], measure: "COUNT", rows, withheld: true };
  expect(drawingOf("map", answer).drawing).toEqual({
    form: "map",
    places: [
      { code: "410802", name: "解放区", value: 7 },
      { code: "410882", name: "沁阳市", value: null },
    ],
  });
});

test("totals are asked for where there is something to add up, and kept in the address", () => {
  const question: Question = { of: "VISITS", measures: ["COUNT"], by: ["COUNTY", "MODE"], totals: "ROLLUP", where: {} };
  const text = textOf(question, []);
  expect(problemsOf(text)).toEqual([]);
  expect(text).toContain("totals: ROLLUP");
  expect(questionIn(addressOf(question))).toEqual(question);
  expect(textOf({ ...question, by: [] }, [])).not.toContain("totals");
  expect(textOf({ ...question, totals: "" }, [])).not.toContain("totals");
});

test("another day stands in the text, its figures and differences with it, and in the address", () => {
  const where = { visited: ["2026-01-01", ""] };
  const question: Question = { of: "VISITS", measures: ["COUNT", "MEAN.MINUTES"], by: ["COUNTY"], where, compare: "2026-02-01" };
  const fields = fieldsOf("VISITS", words);
  for (const asked of [question, { ...question, asOf: "2026-03-01" }]) {
    for (const text of [textOf, fileTextOf, priceTextOf]) {
      expect(problemsOf(text(asked, fields))).toEqual([]);
      expect(text(asked, fields)).toContain('compare: "2026-02-01"');
      expect(text(asked, fields)).toContain("differences { count value }");
    }
    expect(questionIn(addressOf(asked))).toEqual(asked);
  }
  expect(textOf({ ...question, asOf: "2026-03-01" }, fields)).toContain('asOf: "2026-03-01"');
  expect(textOf({ ...question, asOf: "", compare: "" }, fields)).not.toMatch(/asOf|compare/);
  expect(questionIn("of=VISITS&compare=yesterday&asOf=2026-01-01%22")).toEqual({ of: "VISITS", measures: [], by: [], where: {} });
});

test("what is behind a figure is found by the codes of its row, and asked of the row alone", () => {
  for (const of of codesOf("StatisticsOf")) {
    for (const side of SIDES) {
      const question: Question = { of, measures: ["COUNT"], by: ["COUNTY", "LEVEL"], where: {}, compare: "2026-02-01" };
      const behind: Behind = { question, side, key: "410802,a" };
      const text = recordsTextOf(behind, [], { place: 7, after: 'a"b' });
      expect(problemsOf(text), text).toEqual([]);
      expect(text).toContain("skip: 7");
      expect(behindIn(addressBehind(behind))).toEqual(behind);
    }
  }
  const question: Question = { of: "NEEDS", measures: ["COUNT"], by: [], where: {}, compare: "2026-02-01" };
  expect(askedOf({ question, side: "then" })).toEqual({ of: "NEEDS", measures: ["COUNT"], by: [], where: {}, asOf: "2026-02-01" });
  expect(askedOf({ question, side: "late" })).toBe(question);
  expect(behindIn(addressBehind({ question, side: "gone", key: "" }))?.key).toBe("");
  expect([behindIn("of=NEEDS&row=1"), behindIn("show=late&row=1")]).toEqual([undefined, undefined]);
});

test("rows that look alike have keys of their own", () => {
  const by = ["COUNTY", "LEVEL", "AGE_BAND", "KIND"];
  const row = (more: object): Row => ({ county: { code: "410802", name: "解放区" }, figures: [], ...more });
  const keys = [
    row({ instrument: "adl", level: "MILD", ageBand: { from: 60, to: 69 }, submissionKind: "VISIT" }),
    row({ instrument: "mood", level: "MILD", ageBand: { from: 60, to: 69 }, submissionKind: "VISIT" }),
    row({ totals: ["LEVEL", "AGE_BAND", "KIND"] }),
    row({ county: null, level: null }),
  ].map((row) => keyOf(row, by));
  expect(keys).toEqual(["410802,adl.MILD,60,VISIT", "410802,mood.MILD,60,VISIT", "410802,*,*,*", ",.,,"]);
  expect(keyOf(row({ village: { code: "a,b" } }), ["VILLAGE"])).toBe("a%2Cb");
});
