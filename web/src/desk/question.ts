// A question for `statistics`, as it is put together, and the text that asks it.

/** What was chosen. Codes are the schema's. */
export interface Question {
  of: string;
  measures: string[];
  by: string[];
  /** Days, both included; only with both. */
  from: string;
  to: string;
  /** Code of a division, or nothing for all in reach. */
  division: string;
}

export const FIRST: Question = { of: "VISITS", measures: ["COUNT"], by: ["COUNTY"], from: "", to: "", division: "" };

/** The question as the address of its page has it: `of=NEEDS&measures=COUNT&by=COUNTY,DOMAIN`. */
export function addressOf({ of, measures, by, from, to, division }: Question): string {
  const parts = { of: [of], measures, by, from: [from], to: [to], division: [division] };
  return Object.entries(parts)
    .filter(([, values]) => values.some(Boolean))
    .map(([name, values]) => `${name}=${values.map(encodeURIComponent).join(",")}`)
    .join("&");
}

/** The question of an address; none where it says no more than the page. What is no code is left out. */
export function questionIn(address: string): Question | undefined {
  const parts = new Map(address.split("&").map((part) => part.split("=", 2) as [string, string | undefined]));
  const valuesOf = (name: string) => (parts.get(name) ?? "").split(",").map(decoded).filter(Boolean);
  const codesOf = (name: string) => valuesOf(name).filter((value) => /^[A-Z][A-Z_]*$/.test(value));
  const [of] = codesOf("of");
  if (!of) return undefined;
  const text = (name: string) => valuesOf(name)[0] ?? "";
  return {
    of,
    measures: codesOf("measures"),
    by: codesOf("by").slice(0, DIMENSIONS),
    from: text("from"),
    to: text("to"),
    division: text("division"),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/** The filter of the records counted, and the span of days in it. */
const FILTERS: Record<string, readonly [string, string | undefined]> = {
  VISITS: ["visits", "visited"],
  PERSONS: ["persons", undefined],
  LEDGER_ENTRIES: ["ledgerEntries", "opened"],
  ASSESSMENTS: ["assessments", "assessed"],
  NEEDS: ["needs", "raised"],
  SUBMISSIONS: ["submissions", undefined],
};

/** Whether days can be chosen: people are as they are now, and submissions go by instants. */
export function hasDays(of: string): boolean {
  return FILTERS[of]?.[1] !== undefined;
}

/** Whether places can be chosen. */
export function hasPlaces(of: string): boolean {
  return of !== "SUBMISSIONS";
}

/** How many dimensions a question takes. */
export const DIMENSIONS = 4;

/** Where a row has the value of a dimension. */
const FIELDS: Record<string, string> = {
  COUNTY: "county { name }",
  TOWNSHIP: "township { name }",
  VILLAGE: "village { name }",
  STATION: "station { name }",
  KIND: "kind submissionKind",
  AGE_BAND: "ageBand { from to }",
};

/** `RISK` is `risk`, `INCOME_CLASS` is `incomeClass`. */
export function fieldOf(dimension: string): string {
  return dimension.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The text of the question, as one would write it into the explorer. */
export function textOf(question: Question): string {
  return written(question, ["found", "withheld"]);
}

/** The same of the rows alone: a file of them is one table. */
export function fileTextOf(question: Question): string {
  return written(question, []);
}

function written(question: Question, beside: string[]): string {
  const { of, measures, by } = question;
  const told = measures.map((measure) => `{ measure: ${measure} }`).join(", ");
  const lines = [`of: ${of}`, `measures: [${told}]`];
  if (by.length > 0) lines.push(`by: [${by.join(", ")}]`);
  const where = whereOf(question);
  if (where) lines.push(`where: ${where}`);
  const fields = [...by.map((dimension) => FIELDS[dimension] ?? fieldOf(dimension)), figuresOf(measures)];
  return [
    "query {",
    "  statistics(",
    ...lines.map((line) => `    ${line}`),
    "  ) {",
    ...beside.map((field) => `    ${field}`),
    "    rows {",
    ...fields.map((field) => `      ${field}`),
    "    }",
    "  }",
    "}",
  ].join("\n");
}

/** Measures that are whole numbers; the others are not. */
const WHOLE = ["COUNT", "PEOPLE", "HOUSEHOLDS", "SUM"];

function figuresOf(measures: readonly string[]): string {
  return measures.every((measure) => WHOLE.includes(measure)) ? "figures { count }" : "figures { count value }";
}

function whereOf({ of, from, to, division }: Question): string {
  const [name, days] = FILTERS[of] ?? [];
  const parts: string[] = [];
  if (division && hasPlaces(of)) parts.push(`division: ${JSON.stringify(division)}`);
  if (days && from && to) parts.push(`${days}: { from: ${JSON.stringify(from)}, to: ${JSON.stringify(to)} }`);
  return name && parts.length > 0 ? `{ ${name}: { ${parts.join(", ")} } }` : "";
}

export interface Row {
  figures: { count: number | null; value?: number | null }[];
  [field: string]: unknown;
}

/** What a row is about, a word for each dimension; nothing where it is not known. */
export function labelsOf(row: Row, by: readonly string[], wordOf: (dimension: string, code: string) => string): string[] {
  return by.map((dimension) => {
    const value = row[fieldOf(dimension)] ?? (dimension === "KIND" ? row.submissionKind : null);
    if (value === null || value === undefined) return "";
    if (dimension === "AGE_BAND") return bandOf(value as { from: number; to: number | null });
    if (typeof value === "object") return (value as { name: string }).name;
    return wordOf(dimension, String(value));
  });
}

function bandOf({ from, to }: { from: number; to: number | null }): string {
  return to === null ? `${from}+` : `${from}–${to}`;
}

/** Counts as they are, means and shares to two places. */
export function figureOf({ count, value }: Row["figures"][number]): number | null {
  return count ?? (value == null ? null : Math.round(value * 100) / 100);
}
