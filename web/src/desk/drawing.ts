// What is drawn of an answer: its first measure, in the form that suits what it is told apart by.

import { fieldOf, figureOf, isWhole, type Row, shortOf } from "./question";

export type Form = "bars" | "lines" | "pyramid" | "map";

/** A row of an answer, with a word for each of its dimensions. */
export interface Labelled {
  row: Row;
  labels: string[];
}

export interface Series {
  name: string;
  /** None where it is not known. */
  values: (number | null)[];
}

/** What a chart is drawn of. */
export type Charted =
  | { form: "bars"; bars: { label: string; value: number }[] }
  | { form: "lines"; periods: string[]; series: Series[] }
  /** The first series goes to the left, the second to the right. */
  | { form: "pyramid"; bands: string[]; series: Series[] };

export interface Place {
  code: string;
  name: string;
  value: number | null;
}

export type Drawing = Charted | { form: "map"; places: Place[] };

const TIMES = ["YEAR", "QUARTER", "MONTH", "WEEK", "DAY"];

/** More than that is not told apart on a screen. */
export const MOST = { bars: 30, lines: 8 };

/** Forms in which an answer can be drawn, the most telling first; none where it is one row. */
export function formsOf(by: readonly string[]): Form[] {
  if (by.length === 0) return [];
  const times = by.filter((dimension) => TIMES.includes(dimension));
  if (times.length === 1) return ["lines", "bars"];
  if (by.join() === "COUNTY") return ["bars", "map"];
  const isOfPeople = by.length === 2 && by.includes("AGE_BAND") && by.includes("SEX");
  return isOfPeople ? ["pyramid", "bars"] : ["bars"];
}

interface Answer {
  by: readonly string[];
  measure: string;
  rows: readonly Labelled[];
  /** Whether the hub may keep rows back: then one that is not there may be of anything. */
  withheld: boolean;
}

/** What is drawn, and whether that is all. */
export function drawingOf(form: Form, answer: Answer): { drawing: Drawing; isPart: boolean } {
  if (form === "lines") return linesOf(answer);
  if (form === "pyramid") return { drawing: pyramidOf(answer), isPart: false };
  if (form === "map") return { drawing: mapOf(answer), isPart: false };
  const bars = answer.rows.flatMap(({ row, labels }) => {
    const value = valueOf(row);
    return value === null ? [] : [{ label: labels.join(" · "), value }];
  });
  return { drawing: { form, bars: bars.slice(0, MOST.bars) }, isPart: bars.length > MOST.bars };
}

function valueOf({ figures }: Row): number | null {
  return figures[0] ? figureOf(figures[0]) : null;
}

/** Rows of a county; what is not known to be of one is in the table alone. */
function mapOf({ rows }: Answer): Drawing {
  const places = rows.flatMap(({ row, labels: [name = ""] }) => {
    const county = row.county as { code: string } | null | undefined;
    return county ? [{ code: county.code, name, value: valueOf(row) }] : [];
  });
  return { form: "map", places };
}

/** A line for each row of the other dimensions; those that reach the highest are drawn. */
function linesOf(answer: Answer): { drawing: Drawing; isPart: boolean } {
  const { by, rows } = answer;
  const time = by.find((dimension) => TIMES.includes(dimension)) ?? "";
  const periodOf = (row: Row) => row[fieldOf(time)] as string | number | null | undefined;
  const known = rows.filter(({ row }) => periodOf(row) != null);
  const periods = periodsOf(known.map(({ row }) => String(periodOf(row))), time);
  const lines = new Map<string, Series>();
  for (const { row, labels } of known) {
    const name = labels.filter((_, i) => by[i] !== time).join(" · ");
    const line = lines.get(name) ?? { name, values: periods.map(() => nothing(answer)) };
    line.values[periods.indexOf(String(periodOf(row)))] = valueOf(row);
    lines.set(name, line);
  }
  const highest = ({ values }: Series) => Math.max(...values.map((value) => value ?? 0));
  const series = [...lines.values()].sort((a, b) => highest(b) - highest(a));
  const drawing: Drawing = {
    form: "lines",
    periods: periods.map((period) => shortOf(period, time)),
    series: series.slice(0, MOST.lines),
  };
  return { drawing, isPart: series.length > MOST.lines };
}

/** Of a count, a row that is not there is none, unless it may be kept back. */
function nothing({ measure, withheld }: Answer): number | null {
  return isWhole(measure) && !withheld ? 0 : null;
}

/** Every period from the first to the last, as the hub names them, those without a row included. */
export function periodsOf(told: readonly string[], time: string): string[] {
  const [first, ...others] = [...new Set(told)].sort();
  const last = others.at(-1);
  if (first === undefined || last === undefined) return first === undefined ? [] : [first];
  const periods = [first];
  for (let next = after(first, time); next <= last; next = after(next, time)) periods.push(next);
  return periods;
}

function after(period: string, time: string): string {
  if (time === "YEAR") return String(Number(period) + 1);
  const day = new Date(`${period}T00:00:00Z`);
  if (time === "DAY" || time === "WEEK") day.setUTCDate(day.getUTCDate() + (time === "DAY" ? 1 : 7));
  else day.setUTCMonth(day.getUTCMonth() + (time === "MONTH" ? 1 : 3));
  return day.toISOString().slice(0, 10);
}

/** Bands of ages from the youngest below, men to the left and women to the right. */
function pyramidOf(answer: Answer): Drawing {
  const { by, rows } = answer;
  const [age, sex] = [by.indexOf("AGE_BAND"), by.indexOf("SEX")];
  const known = rows.filter(({ row }) => row.ageBand != null && row.sex != null);
  const first = ({ row }: Labelled) => (row.ageBand as { from: number }).from;
  const sorted = [...known].sort((a, b) => first(a) - first(b));
  const bands = [...new Set(sorted.map(({ labels }) => labels[age] ?? ""))];
  const series = ["MALE", "FEMALE"].map((code) => {
    const own = known.filter(({ row }) => row.sex === code);
    const values = bands.map((band) => {
      const found = own.find(({ labels }) => labels[age] === band);
      return found ? valueOf(found.row) : nothing(answer);
    });
    return { name: own[0]?.labels[sex] ?? "", values };
  });
  return { form: "pyramid", bands, series };
}
