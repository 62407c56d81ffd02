import type { ContentInput, DisabledInput, LedgerEntryInput, PersonInput } from "../../generated/hub";
import type { Language } from "../i18n";
import {
  certificateOf,
  isGrown,
  isPhone,
  isRoundedNumber,
  plainForm,
  type ResidentId,
  residentIdOf,
} from "./person";

/** What the hub publishes of its rules (`web/rules.json`). */
export interface Rules {
  longestWord: number;
  longestText: number;
  longestList: number;
  earliestYear: number;
  sentences: Record<string, Record<Language, string>>;
  /** Codes and Chinese words of the closed lists. */
  choices: Record<string, string[][]>;
  visit: Fields;
  assessment: Fields;
  ledgerEntry: Fields;
  ledgerClosure: Fields;
  excuse: Fields;
  household: Fields;
  personCorrection: Fields;
}

export type Fields = Record<string, Rule>;

export type Rule =
  | { is: "WORD" | "TEXT" | "PAST_DAY" | "WORDS" | "RESIDENT_ID" | "PHONE" | "VILLAGE" | "CERTIFICATE" }
  | { is: "DAY"; notBefore?: string; ahead?: number; lasts?: number }
  | { is: "NUMBER"; from: number; to: number; problem: string }
  | { is: "CHOICE" | "CHOICES"; of: string }
  | { is: "ROWS" | "FIELDS" | "PERSON" | "VALUES"; fields: Fields };

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
  for (const kind of KINDS) {
    const given = content[kind];
    if (given) checker.fields(rules[kind], given, "");
  }
  if (content.ledgerEntry) checker.entry(content.ledgerEntry);
  return checker.problems;
}

const KINDS = [
  "visit",
  "assessment",
  "ledgerEntry",
  "ledgerClosure",
  "excuse",
  "household",
  "personCorrection",
] as const;

type DayRule = Extract<Rule, { is: "DAY" }>;

/** What stands beside a field, and the rules of that. */
interface Beside {
  fields: Fields;
  given: Record<string, unknown>;
}

/** What is told of a problem. */
export function sentenceOf(rules: Rules, code: string, detail: string, language: Language): string {
  const told = detail === "village" && language === "zh" ? "村(社区)" : detail;
  return (rules.sentences[code]?.[language] ?? code).replace("{}", told);
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
      case "FIELDS":
        return this.fields(rule.fields, value as object, `${path}.`);
      case "PERSON":
        return this.person(rule.fields, value as PersonInput, path);
      case "VALUES":
        return this.values(rule.fields, value as PersonInput, path);
      case "RESIDENT_ID":
        return this.residentId(String(value).trim(), path);
      case "PHONE":
        if (String(value).trim() && !isPhone(String(value).trim())) this.found("PHONE_INVALID", path);
        return;
      // The certificate is looked at with what it has to agree with. The rest the app offers, or the
      // hub alone knows.
      case "CERTIFICATE":
      case "CHOICE":
      case "CHOICES":
      case "VILLAGE":
        return;
    }
  }

  /** A person who is named well enough to be found or made. */
  private person(fields: Fields, given: PersonInput, path: string) {
    this.values(fields, given, path);
    if (given.id) return;
    if (!given.name?.trim()) this.found("NAME_MISSING", `${path}.name`);
    if (given.residentId?.trim()) return;
    if (!given.noIdReason) this.found("ID_MISSING", `${path}.residentId`);
    if (!given.village?.trim()) this.found("VALUE_MISSING", `${path}.village`, "village");
  }

  private values(fields: Fields, given: PersonInput, path: string) {
    const { birthDate, ...others } = given;
    this.fields(fields, birthDate?.trim() ? given : others, `${path}.`);
    const id = residentIdOf(given.residentId?.trim() ?? "");
    if (typeof id !== "string" && id.birthDate <= this.today) this.agrees(id, given, path);
  }

  private residentId(text: string, path: string) {
    const id = text ? residentIdOf(text) : undefined;
    if (!id) return;
    if (typeof id !== "string") {
      if (id.birthDate > this.today) this.found("DATE_IN_FUTURE", path, this.today);
      return;
    }
    const code = isRoundedNumber(text) ? "ID_PRECISION_LOST" : id;
    this.found(code, path, [...text].length, plainForm(text));
  }

  private agrees(id: ResidentId, { sex, birthDate }: PersonInput, path: string) {
    if (sex && sex !== id.sex) this.found("SEX_CONTRADICTS_ID", `${path}.sex`, this.word("Sex", id.sex));
    const day = birthDate && calendarDay(birthDate.trim());
    const isTold = day && day <= this.today && Number(day.slice(0, 4)) >= this.rules.earliestYear;
    if (isTold && day !== id.birthDate) {
      this.found("BIRTH_DATE_CONTRADICTS_ID", `${path}.birthDate`, id.birthDate);
    }
  }

  /** What the fields of an entry say together. A person with faults is not looked at twice. */
  entry({ person, openedOn, detail }: LedgerEntryInput) {
    const isNamed = !this.problems.some(({ path }) => path.startsWith("person."));
    const id = residentIdOf(person.residentId?.trim() ?? "");
    const known = isNamed && typeof id !== "string" ? id : undefined;
    const birthDate = known?.birthDate ?? (isNamed && person.birthDate?.trim() ? person.birthDate.trim() : undefined);
    const opened = !this.problems.some(({ path }) => path === "openedOn");
    if (detail.child && birthDate && opened && isGrown(birthDate, openedOn.trim())) {
      this.found("LEDGER_AGE_MISMATCH", "openedOn");
    }
    if (detail.disabled) this.certificate(detail.disabled, known, isNamed);
  }

  private certificate(given: DisabledInput, holder: ResidentId | undefined, isNamed: boolean) {
    const at = (field: string) => `detail.disabled.${field}`;
    const text = given.certificateNo?.trim();
    const certificate = text ? certificateOf(text) : undefined;
    if (!certificate) return;
    // A wrong ID inside it is one fault with the person's, told once.
    if (certificate === "CERT_WITHOUT_ID" && !isNamed) return;
    if (typeof certificate === "string") return this.found("CERT_INVALID", at("certificateNo"));
    if (holder && certificate.residentId !== holder.number) this.found("CERT_ID_MISMATCH", at("certificateNo"));
    const category = this.rules.choices.DisabilityCategory?.[certificate.category - 1];
    if (category && category[0] !== given.category) {
      this.found("CERT_CATEGORY_MISMATCH", at("category"), category[1] ?? "");
    }
    if (certificate.grade !== given.grade) this.found("CERT_GRADE_MISMATCH", at("grade"), certificate.grade);
  }

  /** The Chinese word of a choice, which the hub's sentences have in both languages. */
  private word(list: string, code: string): string {
    return this.rules.choices[list]?.find(([choice]) => choice === code)?.[1] ?? code;
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
  if (parts.length !== 3 || year?.length !== 4 || !month || !day) return undefined;
  return calendarDay(`${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`);
}
