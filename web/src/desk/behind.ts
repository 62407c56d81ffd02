// The records behind a figure of an answer: where its row stands, and the text that asks for them.

import type { Field } from "./filter";
import { addressOf, argumentsOf, fieldOf, partsIn, queryOf, type Question, questionIn, type Row, rowOf } from "./question";

/** What is opened of a row: its records, those of the earlier day, and those of one of the days alone. */
export const SIDES = ["now", "then", "late", "gone"] as const;

export type Side = (typeof SIDES)[number];

export interface Behind {
  question: Question;
  side: Side;
  /** Of the row, as `keyOf` has it. */
  key: string;
}

/** How many records are asked for at once. */
const PAGE = 50;

/** Stands for all of a dimension. */
const TOTAL = "*";

/** What tells values of a dimension apart that have one code: levels of two instruments, details of two ledgers. */
const WITHIN: Record<string, string> = {
  LEVEL: "instrument",
  LIVING_ARRANGEMENT: "kind",
  CHILD_KIND: "kind",
  DISABILITY_CATEGORY: "kind",
  DISABILITY_GRADE: "kind",
};

/** Which row of its answer a row is, by the codes of its dimensions, as an address has them. */
export function keyOf(row: Row, by: readonly string[]): string {
  return by.map((dimension) => encodeURIComponent(codeOf(row, dimension))).join(",");
}

function codeOf(row: Row, dimension: string): string {
  if (row.totals?.includes(dimension)) return TOTAL;
  const within = WITHIN[dimension];
  const value = row[fieldOf(dimension)] ?? (dimension === "KIND" ? row.submissionKind : null) ?? "";
  const { code, from } = value as { code?: string; from?: number };
  return [...(within ? [row[within] ?? ""] : []), code ?? from ?? value].join(".");
}

/** What is behind a figure, as the address of its page has it. */
export function addressBehind({ question, side, key }: Behind): string {
  return `${addressOf(question)}&show=${side}&row=${key}`;
}

export function behindIn(address: string): Behind | undefined {
  const question = questionIn(address);
  const found = new Map(partsIn(address));
  const side = SIDES.find((side) => side === found.get("show")?.[0]);
  if (!question || !side) return undefined;
  return { question, side, key: (found.get("row") ?? []).map(encodeURIComponent).join(",") };
}

/** The question among whose rows that of the figure is: that of the earlier day has its own. */
export function askedOf({ question, side }: Pick<Behind, "question" | "side">): Question {
  const { compare, ...others } = question;
  return side === "then" && compare ? { ...others, asOf: compare } : question;
}

/** The lists of what is counted. */
const LISTS: Record<string, string> = {
  VISITS: "VisitConnection",
  PERSONS: "PersonConnection",
  LEDGER_ENTRIES: "LedgerEntryConnection",
  ASSESSMENTS: "AssessmentConnection",
  NEEDS: "NeedConnection",
  SUBMISSIONS: "SubmissionConnection",
};

/** The text that asks for a page of the records of one row, by its place in the answer. */
export function recordsTextOf(
  behind: Behind,
  fields: readonly Field[],
  { place, after }: { place: number; after: string | null },
): string {
  const question = askedOf(behind);
  const page = [`first: ${PAGE}`, ...(after ? [`after: ${JSON.stringify(after)}`] : [])].join(", ");
  const ids = `{ ... on ${LISTS[question.of]} { nodes { id } pageInfo { hasNextPage endCursor } } }`;
  const isOfBoth = behind.side === "late" || behind.side === "gone";
  const records = isOfBoth ? `compared { ${behind.side}(${page}) ${ids} }` : `records(${page}) ${ids}`;
  const args = [...argumentsOf(question, fields), "first: 1", `skip: ${place}`];
  return queryOf(args, ["rows {", ...rowOf(question), records, "}"]);
}
