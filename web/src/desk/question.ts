// A question for `statistics`, as it is put together, and the text that asks it.

import { type Field, literalOf, type Where } from "./filter";

/** What was chosen. Codes are the schema's. */
export interface Question {
  of: string;
  /** Of those that reckon with a number, with its name: `MEAN.MINUTES`. */
  measures: string[];
  by: string[];
  /** Which totals are told beside; none where it is left out. */
  totals?: string;
  where: Where;
  /** The record as it stood at the end of this day; as it stands now, without. */
  asOf?: string;
  /** An earlier day to stand beside it. */
  compare?: string;
}

export const FIRST: Question = { of: "VISITS", measures: ["COUNT"], by: ["COUNTY"], where: {} };

/** How many dimensions a question takes. */
export const DIMENSIONS = 4;

/** Fields of the filter have this before their name in an address. */
const WHERE = "where.";

/** The question as the address of its page has it: `of=NEEDS&by=DOMAIN&where.urgencies=URGENT`. */
export function addressOf({ of, measures, by, totals = "", where, asOf = "", compare = "" }: Question): string {
  const picked = Object.entries(where).map(([name, values]): [string, string[]] => [WHERE + name, values]);
  const chosen: [string, string[]][] = [
    ["of", [of]],
    ["measures", measures],
    ["by", by],
    ["totals", [totals]],
    ["asOf", [asOf]],
    ["compare", [compare]],
  ];
  return [...chosen, ...picked]
    .filter(([, values]) => values.some(Boolean))
    .map(([name, values]) => `${name}=${values.map(encodeURIComponent).join(",")}`)
    .join("&");
}

/** The question of an address; none where it says no more than the page. What is no code is left out. */
export function questionIn(address: string): Question | undefined {
  const parts = partsIn(address);
  const found = new Map(parts);
  const codesOf = (name: string) => (found.get(name) ?? []).filter((value) => /^[A-Z][A-Z_]*(\.[A-Z_]+)?$/.test(value));
  const [of] = codesOf("of");
  if (!of) return undefined;
  const [totals] = codesOf("totals");
  const dayOf = (name: string) => found.get(name)?.find((value) => /^\d{4}-\d{2}-\d{2}$/.test(value));
  const [asOf, compare] = [dayOf("asOf"), dayOf("compare")];
  const picked = parts.filter(([name, values]) => name.startsWith(WHERE) && values.some(Boolean));
  return {
    of,
    measures: codesOf("measures"),
    by: codesOf("by").slice(0, DIMENSIONS),
    ...(totals && { totals }),
    where: Object.fromEntries(picked.map(([name, values]) => [name.slice(WHERE.length), values])),
    ...(asOf && { asOf }),
    ...(compare && { compare }),
  };
}

/** What an address says, by name. */
export function partsIn(address: string): [string, string[]][] {
  return address.split("&").map((part) => {
    const [name = "", values = ""] = part.split("=", 2);
    return [name, values.split(",").map(decoded)];
  });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/** Where a row has the value of a dimension. */
const FIELDS: Record<string, string> = {
  COUNTY: "county { code name }",
  TOWNSHIP: "township { code name }",
  VILLAGE: "village { code name }",
  STATION: "station { code name }",
  KIND: "kind submissionKind",
  AGE_BAND: "ageBand { from to }",
  LEVEL: "instrument level",
  LIVING_ARRANGEMENT: "kind livingArrangement",
  CHILD_KIND: "kind childKind",
  DISABILITY_CATEGORY: "kind disabilityCategory",
  DISABILITY_GRADE: "kind disabilityGrade",
};

/** `RISK` is `risk`, `INCOME_CLASS` is `incomeClass`. */
export function fieldOf(dimension: string): string {
  return dimension.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The text of the question, as one would write it into the explorer. `fields` are of its filter. */
export function textOf(question: Question, fields: readonly Field[]): string {
  return written(question, fields, ["found", "withheld"]);
}

/** The same of the rows alone: a file of them is one table. */
export function fileTextOf(question: Question, fields: readonly Field[]): string {
  return written(question, fields, []);
}

/** The same, of which the hub tells the price and works nothing out. */
export function priceTextOf(question: Question, fields: readonly Field[]): string {
  return written(question, fields, ["found", "withheld"], " @skip(if: true)");
}

function written(question: Question, fields: readonly Field[], beside: string[], directive = ""): string {
  const selected = [...beside, "rows {", ...rowOf(question).map(indented), "}"];
  return queryOf(argumentsOf(question, fields), selected, directive);
}

/** What `statistics` is asked with, a line for each. */
export function argumentsOf(question: Question, fields: readonly Field[]): string[] {
  const { of, measures, by, where, asOf, compare } = question;
  const lines = [`of: ${of}`, `measures: [${measures.map(measured).join(", ")}]`];
  if (by.length > 0) lines.push(`by: [${by.join(", ")}]`);
  if (hasTotals(question)) lines.push(`totals: ${question.totals}`);
  const picked = literalOf(where, fields);
  if (picked) lines.push(`where: { ${fieldOf(of)}: ${picked} }`);
  if (asOf) lines.push(`asOf: ${JSON.stringify(asOf)}`);
  if (compare) lines.push(`compare: ${JSON.stringify(compare)}`);
  return lines;
}

/** What is told of a row, a line for each. */
export function rowOf(question: Question): string[] {
  const { measures, by, compare } = question;
  const told = by.map((dimension) => FIELDS[dimension] ?? fieldOf(dimension));
  const figures = figuresOf(measures);
  const compared = ["compared {", ...[`figures ${figures}`, `differences ${figures}`].map(indented), "}"];
  return [...told, ...(hasTotals(question) ? ["totals"] : []), `figures ${figures}`, ...(compare ? compared : [])];
}

function hasTotals({ by, totals }: Question): boolean {
  return Boolean(totals) && by.length > 0;
}

/** A question of `statistics` as a text. */
export function queryOf(args: readonly string[], selected: readonly string[], directive = ""): string {
  const inner = ["statistics(", ...args.map(indented), `)${directive} {`, ...selected.map(indented), "}"];
  return ["query {", ...inner.map(indented), "}"].join("\n");
}

function indented(line: string): string {
  return `  ${line}`;
}

function measured(code: string): string {
  const [measure, of] = code.split(".");
  return of ? `{ measure: ${measure}, of: ${of} }` : `{ measure: ${measure} }`;
}

/** Measures that are whole numbers; the others are not. */
const WHOLE = ["COUNT", "PEOPLE", "HOUSEHOLDS", "SUM"];

export function isWhole(measure: string): boolean {
  return WHOLE.includes(measure.split(".")[0] ?? "");
}

function figuresOf(measures: readonly string[]): string {
  return measures.every(isWhole) ? "{ count }" : "{ count value }";
}

export interface Figure {
  count: number | null;
  value?: number | null;
}

export interface Row {
  /** The dimensions over which it is a total. */
  totals?: string[];
  figures: Figure[];
  /** The same of the earlier day; none where it would tell of a few people. */
  compared?: { figures: Figure[]; differences: Figure[] } | null;
  [field: string]: unknown;
}

/** What a row is about, a word for each dimension; nothing where it is not known. */
export function labelsOf(row: Row, by: readonly string[], wordOf: (dimension: string, code: string) => string): string[] {
  return by.map((dimension) => {
    const value = row[fieldOf(dimension)] ?? (dimension === "KIND" ? row.submissionKind : null);
    if (value === null || value === undefined) return "";
    if (dimension === "AGE_BAND") return bandOf(value as { from: number; to: number | null });
    if (typeof value === "object") return (value as { name: string }).name;
    return wordOf(dimension, shortOf(String(value), dimension));
  });
}

/** Months and quarters are named by their first day, and told shorter. */
export function shortOf(period: string, time: string): string {
  if (time === "MONTH") return period.slice(0, 7);
  if (time !== "QUARTER") return period;
  return `${period.slice(0, 4)} Q${Math.ceil(Number(period.slice(5, 7)) / 3)}`;
}

function bandOf({ from, to }: { from: number; to: number | null }): string {
  return to === null ? `${from}+` : `${from}–${to}`;
}

/** Counts as they are, means and shares to two places. */
export function figureOf({ count, value }: Figure): number | null {
  return count ?? (value == null ? null : Math.round(value * 100) / 100);
}
