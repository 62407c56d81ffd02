import { expect, test } from "vitest";
import { buildSchema, parse, validate } from "graphql";
import { readFileSync } from "node:fs";
import { columnsOf, coveredBy, daysBefore, lastMonth, late, openNeeds } from "../src/desk/figures";
import { addressOf, fieldOf, figureOf, fileTextOf, hasDays, labelsOf, type Question, questionIn, textOf } from "../src/desk/question";
import { wordIn } from "../src/desk/words";
import type { JobFragment } from "../src/generated/desk";
import { exportsOf, isSuppressed } from "../src/desk/exports";
import { bySheet, byConcern, type ImportLine, isUnderWay, toTake } from "../src/desk/imports";

const place = (code: string) => ({ code, name: code });

test("counties are the sum of their stations, and stations with nothing missed are not late", () => {
  const rows = [
    { county: place("C1"), station: place("S2"), due: 4, done: 4, excused: 1 },
    { county: place("C1"), station: place("S1"), due: 6, done: 1, excused: 0 },
    { county: place("C0"), station: place("S3"), due: 3, done: 1, excused: 0 },
    { county: null, station: null, due: 9, done: 0, excused: 0 },
  ];
  expect(coveredBy("county", rows)).toEqual([
    { code: "C0", name: "C0", due: 3, done: 1, excused: 0 },
    { code: "C1", name: "C1", due: 10, done: 5, excused: 1 },
  ]);
  expect(late(coveredBy("station", rows)).map(({ code }) => code)).toEqual(["S1", "S3"]);
});

test("needs that are met are not open, and figures that are withheld are in no sum", () => {
  const need = (domain: "CARE" | "OTHER", urgency: "SOON" | "URGENT", status: "OPEN" | "MET", count: number | null) => ({
    domain,
    urgency,
    status,
    figures: [{ count }],
  });
  const rows = [
    need("OTHER", "SOON", "OPEN", 2),
    need("CARE", "SOON", "OPEN", 5),
    need("CARE", "URGENT", "OPEN", null),
    need("CARE", "SOON", "MET", 7),
  ];
  expect(openNeeds(rows)).toEqual([
    { domain: "CARE", all: 5, by: { SOON: 5 } },
    { domain: "OTHER", all: 2, by: { SOON: 2 } },
  ]);
});

test("days go over the ends of months and years", () => {
  expect(daysBefore("2026-03-01", 1)).toBe("2026-02-28");
  expect(daysBefore("2028-03-01", 1)).toBe("2028-02-29");
  expect(daysBefore("2026-01-01", 29)).toBe("2025-12-03");
});

test("what is to be recorded waits or was picked, and what wants an eye comes first", () => {
  const counts = [
    { verdict: "NEW", state: "WAITING", count: 3 },
    { verdict: "CHANGED", state: "WAITING", count: 2 },
    { verdict: "REFUSED", state: "LEFT", count: 4 },
    { verdict: "NEW", state: "KEPT", count: 1 },
  ] as const;
  expect(toTake({ counts: [...counts] }, 1)).toBe(6);
  expect(byConcern(counts).map(({ state }) => state)).toEqual(["KEPT", "LEFT", "WAITING", "WAITING"]);
  expect([isUnderWay("UNDOING"), isUnderWay("UNDONE")]).toEqual([true, false]);
});

test("a sheet begins where the name of the sheet is another", () => {
  const line = (sheet: string, row: number) => ({ sheet, row }) as ImportLine;
  const sheets = bySheet([line("儿童", 3), line("儿童", 4), line("老人", 3)]);
  expect(sheets.map(({ sheet, lines }) => [sheet, lines.length])).toEqual([
    ["儿童", 2],
    ["老人", 1],
  ]);
});

const schema = buildSchema(readFileSync(new URL("../../graphql/schema.graphql", import.meta.url), "utf8"));

function codesOf(list: string): string[] {
  const type = schema.getType(list);
  if (!type || !("getValues" in type)) throw new Error(`the schema has no list ${list}`);
  return type.getValues().map(({ name }) => name);
}

test("whatever is chosen, the text is a question of the schema", () => {
  const days = { from: "2026-01-01", to: "2026-01-31", division: "410802" };
  for (const of of codesOf("StatisticsOf")) {
    for (const dimension of codesOf("Dimension")) {
      const question: Question = { of, measures: ["COUNT", "SHARE"], by: [dimension], ...days };
      for (const text of [textOf(question), fileTextOf(question)]) {
        expect(validate(schema, parse(text)), `${of} by ${dimension}`).toEqual([]);
      }
    }
  }
});

test("what was not chosen is not in the text, and half a span of days is none", () => {
  const question: Question = { of: "VISITS", measures: ["COUNT"], by: [], from: "2026-01-01", to: "", division: "" };
  expect(textOf(question)).not.toMatch(/where|by:/);
  expect(textOf({ ...question, to: "2026-01-31" })).toContain('visited: { from: "2026-01-01", to: "2026-01-31" }');
  expect(textOf({ ...question, of: "PERSONS", to: "2026-01-31" })).not.toContain("where");
  expect([hasDays("NEEDS"), hasDays("PERSONS")]).toEqual([true, false]);
});

test("a file is of the rows alone, and has no numbers that are whole anyway", () => {
  const question: Question = { of: "VISITS", measures: ["COUNT"], by: [], from: "", to: "", division: "" };
  expect(textOf(question)).toContain("found");
  expect(fileTextOf(question)).not.toMatch(/found|withheld|value/);
  expect(fileTextOf({ ...question, measures: ["COUNT", "SHARE"] })).toContain("figures { count value }");
});

test("a place cannot break out of the text", () => {
  const division = '410802" }) { a }';
  const question: Question = { of: "NEEDS", measures: ["COUNT"], by: [], from: "", to: "", division };
  expect(validate(schema, parse(textOf(question)))).toEqual([]);
});

test("the address of a question is the question, and what is no code in it is none", () => {
  const question: Question = {
    of: "VISITS",
    measures: ["COUNT", "PEOPLE"],
    by: ["COUNTY", "AGE_BAND"],
    from: "2026-01-01",
    to: "2026-01-31",
    division: "41,08&02=%",
  };
  expect(questionIn(addressOf(question))).toEqual(question);
  expect(addressOf({ ...question, from: "", to: "", division: "" })).toBe(
    "of=VISITS&measures=COUNT,PEOPLE&by=COUNTY,AGE_BAND",
  );
  expect([questionIn(""), questionIn("by=COUNTY"), questionIn("of=%E4")]).toEqual([undefined, undefined, undefined]);
  const wrong = "of=VISITS&measures=COUNT,COUNT%20}]%20)%20{%20found%20}&by=SEX,COUNTY){,YEAR,MONTH,DAY,WEEK";
  const read = questionIn(wrong);
  expect(read).toMatchObject({ measures: ["COUNT"], by: ["SEX", "YEAR", "MONTH", "DAY"] });
  expect(validate(schema, parse(textOf(read as Question)))).toEqual([]);
});

test("the files of a question are its own, and those that were stopped are gone", () => {
  const whole: JobFragment = {
    id: "",
    query: "a",
    format: "XLSX",
    state: "DONE",
    sight: {},
    done: 1,
    expected: 1,
    bytes: 1,
    answer: null,
    problem: null,
    message: null,
    expiresAt: null,
  };
  const job = (id: string, more: Partial<JobFragment>): JobFragment => ({ ...whole, id, ...more });
  const jobs = [
    job("1", {}),
    job("2", { query: "b" }),
    job("3", { format: null }),
    job("4", { state: "STOPPED" }),
    job("5", { state: "FAILED" }),
  ];
  expect(exportsOf(jobs, "a").map(({ id }) => id)).toEqual(["1", "5"]);
  const sights = [null, {}, { "Statistics.rows": "SUPPRESSED" }];
  expect(sights.map((sight) => isSuppressed(job("6", { sight })))).toEqual([false, false, true]);
});

test("rows are labelled by names, words and bands, and figures are counts or two places", () => {
  const row = { county: { name: "解放区" }, ageBand: { from: 60, to: null }, risk: "HIGH", figures: [] };
  const words = (dimension: string, code: string) => `${dimension}/${code}`;
  expect(labelsOf(row, ["COUNTY", "AGE_BAND", "RISK", "SEX"], words)).toEqual(["解放区", "60+", "RISK/HIGH", ""]);
  expect(fieldOf("INCOME_CLASS")).toBe("incomeClass");
  expect(figureOf({ count: null, value: 12.3456 })).toBe(12.35);
  expect(figureOf({ count: 3, value: 3 })).toBe(3);
  expect(figureOf({ count: null, value: null })).toBeNull();
  expect(figureOf({ count: null })).toBeNull();
});

test("words come from descriptions, in Chinese and where there is one in English", () => {
  const words = {
    enumValues: [
      { name: "VISITS", description: "探访 (visits)" },
      { name: "COUNTY", description: "县(市、区)" },
    ],
  };
  expect([wordIn(words, "VISITS", "zh"), wordIn(words, "VISITS", "en")]).toEqual(["探访", "visits"]);
  expect([wordIn(words, "COUNTY", "zh"), wordIn(words, "COUNTY", "en")]).toEqual(["县(市、区)", "county"]);
  expect(wordIn(undefined, "NO_WORD", "zh")).toBe("no word");
});

test("an equation names its columns, and the month before is the one to sign", () => {
  expect(columnsOf("4 = 5 + 6 + 17")).toEqual([4, 5, 6, 17]);
  expect([lastMonth("2026-03-31"), lastMonth("2026-01-01")]).toEqual(["2026-02-28", "2025-12-31"]);
});
