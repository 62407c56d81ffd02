import type { ContentInput } from "../../generated/hub";
import type { Language } from "../i18n";

/** What the hub publishes of its rules (`web/rules.json`). */
export interface Rules {
  longestWord: number;
  longestText: number;
  longestList: number;
  earliestYear: number;
  sentences: Record<string, Record<Language, string>>;
  visit: Fields;
  assessment: Fields;
  ledgerClosure: Fields;
  excuse: Fields;
}

export type Fields = Record<string, Rule>;

export type Rule =
  | { is: "WORD" | "TEXT" | "PAST_DAY" | "WORDS" }
  | { is: "DAY"; notBefore?: string; ahead?: number; lasts?: number }
  | { is: "NUMBER"; from: number; to: number; problem: string }
  | { is: "CHOICE" | "CHOICES"; of: string }
  | { is: "ROWS"; fields: Fields };

/** Something wrong, as a receipt tells it. */
export interface Problem {
  code: string;
  path: string;
  message: string;
  repair?: string | null;
}

/**
 * All that the hub would find wrong with a content handed in on a day, but for whom it is of, and for
 * the answers of an assessment.
 */
export function check(rules: Rules, content: ContentInput, today: string, language: Language): Problem[] {
  const checker = new Checker(rules, today, language);
  for (const kind of ["visit", "assessment", "ledgerClosure", "excuse"] as const) {
    const given = content[kind];
    if (given) checker.fields(rules[kind], given, "");
  }
  return checker.problems;
}

type DayRule = Extract<Rule, { is: "DAY" }>;

/** What stands beside a field, and the rules of that. */
interface Beside {
  fields: Fields;
  given: Record<string, unknown>;
}

/** What is told of a problem. */
export function sentenceOf(rules: Rules, code: string, detail: string, language: Language): string {
  return (rules.sentences[code]?.[language] ?? code).replace("{}", detail);
}

class Checker {
  readonly problems: Problem[] = [];

  constructor(
    private readonly rules: Rules,
    private readonly today: string,
    private readonly language: Language,
  ) {}

  fields(fields: Fields, values: object, at: string) {
    const given = values as Record<string, unknown>;
    for (const [field, rule] of Object.entries(fields)) {
      const value = given[field];
      if (value === undefined || value === null) continue;
      this.value(rule, value, at + field, { fields, given });
    }
  }

  private value(rule: Rule, value: unknown, path: string, beside: Beside) {
    switch (rule.is) {
      case "WORD":
        return this.text(String(value), path, this.rules.longestWord);
      case "TEXT":
        return this.text(String(value), path, this.rules.longestText);
      case "PAST_DAY":
        return this.pastDay(String(value), path);
      case "DAY":
        return this.dayWithin(rule, String(value), path, beside);
      case "NUMBER":
        if (Number(value) < rule.from || Number(value) > rule.to) this.found(rule.problem, path);
        return;
      case "WORDS":
        if (!this.isShort(value as unknown[], path)) return;
        return (value as string[]).forEach((text, i) =>
          this.text(text, `${path}[${i}]`, this.rules.longestWord),
        );
      case "ROWS":
        if (!this.isShort(value as unknown[], path)) return;
        return (value as object[]).forEach((row, i) => this.fields(rule.fields, row, `${path}[${i}].`));
      case "CHOICE":
      case "CHOICES":
        return;
    }
  }

  private text(given: string, path: string, longest: number) {
    const text = given.trim();
    if ([...text].length > longest) this.found("TEXT_TOO_LONG", path, longest);
    else if (STRAY.test(text)) this.found("TEXT_CHARACTER", path);
  }

  private pastDay(text: string, path: string): string | undefined {
    const day = this.day(text, path);
    if (!day || day <= this.today) return day;
    this.found("DATE_IN_FUTURE", path, this.today);
    return undefined;
  }

  private dayWithin({ notBefore, ahead, lasts }: DayRule, text: string, path: string, beside: Beside) {
    const day = this.day(text, path);
    if (!day) return;
    const latest = ahead === undefined ? undefined : later(this.today, ahead);
    if (latest && day > latest) this.found("DATE_TOO_FAR", path, latest);
    const first = notBefore && this.dayBeside(notBefore, beside);
    if (!first) return;
    if (day < first) this.found("DATE_ORDER", path, first);
    const last = lasts === undefined ? undefined : later(first, lasts - 1);
    if (last && day > last) this.found("EXCUSE_TOO_LONG", path, lasts, last);
  }

  /** The day of another field, where nothing is wrong with that. */
  private dayBeside(field: string, { fields, given }: Beside): string | undefined {
    const other = given[field];
    const day = typeof other === "string" ? calendarDay(other.trim()) : undefined;
    if (!day || Number(day.slice(0, 4)) < this.rules.earliestYear) return undefined;
    return fields[field]?.is === "PAST_DAY" && day > this.today ? undefined : day;
  }

  private day(text: string, path: string): string | undefined {
    const day = calendarDay(text.trim());
    if (!day) this.found("DATE_INVALID", path, "", likelyDay(text));
    else if (Number(day.slice(0, 4)) < this.rules.earliestYear) this.found("DATE_TOO_EARLY", path);
    else return day;
    return undefined;
  }

  private isShort(list: unknown[], path: string): boolean {
    if (list.length <= this.rules.longestList) return true;
    this.found("LIST_TOO_LONG", path, this.rules.longestList);
    return false;
  }

  private found(code: string, path: string, detail: string | number = "", repair?: string) {
    const message = sentenceOf(this.rules, code, String(detail), this.language);
    this.problems.push({ code, path, message, ...(repair && { repair }) });
  }
}

/** What nobody means to write: control characters, and marks that cannot be seen. */
const STRAY =
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u200B\u200E\u200F\uFEFF\u202A-\u202E\u2060-\u2069]/;

/** So many days after another. */
function later(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** A day of the calendar written `YYYY-MM-DD`, and no other way. */
function calendarDay(text: string): string | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.valueOf()) && date.toISOString().startsWith(text) ? text : undefined;
}

/** The day that a text in another way of writing most likely means. */
function likelyDay(text: string): string | undefined {
  const parts = text.split(/\D+/).filter(Boolean);
  const [year, month, day] = parts;
  if (parts.length !== 3 || !year || !month || !day) return undefined;
  return calendarDay(`${year.padStart(4, "0")}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`);
}
