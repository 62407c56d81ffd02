import type { Sex } from "../../generated/hub";

/** What a resident ID tells (GB 11643-1999). */
export interface ResidentId {
  /** Of 18 characters; one of an old card is converted. */
  number: string;
  /** `YYYY-MM-DD` */
  birthDate: string;
  sex: Sex;
}

type Fault = "ID_LENGTH" | "ID_CHARACTER" | "ID_CHECK_DIGIT" | "ID_BIRTH_DATE";

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS = "10X98765432";

/** The number that a text is, or why it is none. */
export function residentIdOf(text: string): ResidentId | Fault {
  const given = text.toUpperCase();
  const isAscii = /^[\x00-\x7f]*$/.test(given);
  if (!isAscii || ![15, 18].includes(given.length)) return "ID_LENGTH";
  const body = given.length === 18 ? given.slice(0, 17) : `${given.slice(0, 6)}19${given.slice(6)}`;
  if (!/^\d{17}$/.test(body)) return "ID_CHARACTER";
  const sum = WEIGHTS.reduce((sum, weight, at) => sum + weight * Number(body[at]), 0);
  const expected = CHECKS[sum % 11] ?? "";
  const check = given.length === 18 ? (given[17] ?? "") : expected;
  if (!/[\dX]/.test(check)) return "ID_CHARACTER";
  if (check !== expected) return "ID_CHECK_DIGIT";
  const birthDate = `${body.slice(6, 10)}-${body.slice(10, 12)}-${body.slice(12, 14)}`;
  if (!isDay(birthDate) || birthDate < "1800") return "ID_BIRTH_DATE";
  return { number: body + expected, birthDate, sex: Number(body[16]) % 2 === 1 ? "MALE" : "FEMALE" };
}

function isDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.valueOf()) && date.toISOString().startsWith(day);
}

/** What a spreadsheet leaves of 18 digits: `4.1082320200606e+17`. */
export function isRoundedNumber(text: string): boolean {
  return /^[+-]?(\d+\.?\d*|\.\d+)e[+-]?\d+$/i.test(text);
}

/** The number without white space, with half-width characters, where that makes it valid. */
export function plainForm(text: string): string | undefined {
  const half = (wide: string) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0);
  const id = residentIdOf(text.replace(/[\s']/g, "").replace(/[\uff01-\uff5e]/g, half));
  return typeof id === "string" ? undefined : id.number;
}

/** Whether it is a mobile number of 11 digits, or a landline with or without its area code. */
export function isPhone(text: string): boolean {
  const number = text.replace(/[- ()]/g, "").replace(/^\+86/, "");
  return /^(1\d{10}|0\d{9,11}|[1-9]\d{6,7})$/.test(number);
}

/** Whether someone born on a day is eighteen or older on another. */
export function isGrown(birthDate: string, day: string): boolean {
  const [year = "", month = "", date = ""] = birthDate.split("-");
  // Who was born on a 29 February is a year older from 1 March on.
  return day >= `${Number(year) + 18}-${month}-${date}`;
}

/** What a disability certificate's number of 20 characters tells. */
export interface Certificate {
  residentId: string;
  /** 1 to 7. */
  category: number;
  /** 1 to 4. */
  grade: number;
}

/** The number that a text is; or that it is none, by itself or by the resident ID in it. */
export function certificateOf(text: string): Certificate | "CERT_INVALID" | "CERT_WITHOUT_ID" {
  const given = text.toUpperCase();
  if (given.length !== 20 || !/^[\x00-\x7f]*$/.test(given)) return "CERT_INVALID";
  const residentId = residentIdOf(given.slice(0, 18));
  if (typeof residentId === "string") return "CERT_WITHOUT_ID";
  if (!/[1-7][1-4]$/.test(given)) return "CERT_INVALID";
  return { residentId: given.slice(0, 18), category: Number(given[18]), grade: Number(given[19]) };
}
