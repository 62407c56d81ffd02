import { language, t } from "../i18n";

/** A day as `YYYY-MM-DD`, in the time zone of the device. */
export function dayOf(date: Date): string {
  const two = (part: number) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function today(): string {
  return dayOf(new Date());
}

/** Days from one day to another; negative where the other lies before. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}

/** A day in words; the year where it is not this one. */
export function inWords(day: string): string {
  const sameYear = day.slice(0, 4) === today().slice(0, 4);
  const date = new Date(`${day}T00:00:00`);
  const locale = language.get() === "zh" ? "zh-CN" : "en-GB";
  const how = { month: language.get() === "zh" ? "long" : "short", day: "numeric" } as const;
  return date.toLocaleDateString(locale, sameYear ? how : { ...how, year: "numeric" });
}

/** An instant in words. */
export function moment(instant: string): string {
  const date = new Date(instant);
  const locale = language.get() === "zh" ? "zh-CN" : "en-GB";
  const time = date.toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" });
  return dayOf(date) === today() ? time : `${inWords(dayOf(date))} ${time}`;
}

/** Full years of age on a day. */
export function ageOn(birth: string, day: string): number {
  const years = Number(day.slice(0, 4)) - Number(birth.slice(0, 4));
  return day.slice(5) < birth.slice(5) ? years - 1 : years;
}

/** How near the last day of a visit is, in words. */
export function nearness(dueOn: string): string {
  const days = daysBetween(today(), dueOn);
  if (days < 0) return t("due.overdue", { days: -days });
  if (days === 0) return t("due.today");
  if (days === 1) return t("due.tomorrow");
  return t("due.in", { days });
}
