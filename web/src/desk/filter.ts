// What a question may be restricted to: the fields of the schema's own filters.

import type { WordsQuery } from "../generated/desk";

/** How the values of a field are chosen and written. */
export type Kind = "codes" | "numbers" | "texts" | "text" | "day" | "days" | "instant" | "yes";

export interface Field {
  name: string;
  kind: Kind;
  /** Of codes, the closed list they are of. */
  list: string;
  /** `中文 (english)` */
  description: string;
}

/** The filter of what is counted. */
const FILTERS = {
  VISITS: "VisitFilter",
  PERSONS: "PersonFilter",
  LEDGER_ENTRIES: "LedgerFilter",
  ASSESSMENTS: "AssessmentFilter",
  NEEDS: "NeedFilter",
  SUBMISSIONS: "SubmissionFilter",
} as const;

const SCALARS: Record<string, Kind> = {
  String: "text",
  ID: "text",
  Date: "day",
  DateTime: "instant",
  DayRange: "days",
  Boolean: "yes",
};

const LISTS: Record<string, Kind> = { String: "texts", Int: "numbers" };

/** What records of a kind may be picked by, in the order of the schema. */
export function fieldsOf(of: string, words: WordsQuery): Field[] {
  const filter = words[FILTERS[of as keyof typeof FILTERS]];
  return (filter?.inputFields ?? []).map(({ name, description, type }) => {
    const list = type.ofType?.name ?? type.ofType?.ofType?.name ?? "";
    const kind = type.name ? SCALARS[type.name] : (LISTS[list] ?? "codes");
    return { name, kind: kind ?? "text", list, description: description ?? "" };
  });
}

/** What was chosen, by field; of days the first and the last, of which one may be left out. */
export type Where = Record<string, string[]>;

/** The filter as a literal of GraphQL; nothing where nothing was chosen. */
export function literalOf(where: Where, fields: readonly Field[]): string {
  const parts = fields.flatMap(({ name, kind }) => {
    const value = valueOf(kind, where[name] ?? []);
    return value ? [`${name}: ${value}`] : [];
  });
  return parts.length > 0 ? `{ ${parts.join(", ")} }` : "";
}

function valueOf(kind: Kind, values: readonly string[]): string {
  const [first = ""] = values;
  switch (kind) {
    case "codes":
      return listed(values.filter((value) => /^[A-Z][A-Z_]*$/.test(value)));
    case "numbers":
      return listed(trimmed(values).filter((value) => /^\d{1,9}$/.test(value)).map((value) => String(Number(value))));
    case "texts":
      return listed(trimmed(values).map((value) => JSON.stringify(value)));
    case "days":
      return span(values);
    case "instant":
      // A day begins in the city's time.
      return first && JSON.stringify(`${first}T00:00:00+08:00`);
    case "yes":
      return first === "true" || first === "false" ? first : "";
    default:
      return first && JSON.stringify(first);
  }
}

/** What was typed, without the blanks about it, which stay in the field while one types. */
function trimmed(values: readonly string[]): string[] {
  return values.map((value) => value.trim()).filter(Boolean);
}

function listed(values: readonly string[]): string {
  return values.length > 0 ? `[${values.join(", ")}]` : "";
}

function span([from, to]: readonly string[]): string {
  const ends = [from && `from: ${JSON.stringify(from)}`, to && `to: ${JSON.stringify(to)}`].filter(Boolean);
  return ends.length > 0 ? `{ ${ends.join(", ")} }` : "";
}
