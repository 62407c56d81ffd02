import { language, t } from "../i18n";
import type { ImportCount } from "../imports";

/** An instant in the city's time. */
export function timeOf(instant: string): string {
  const tag = language.get() === "zh" ? "zh-CN" : "en-GB";
  const style = { dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Shanghai" } as const;
  return new Intl.DateTimeFormat(tag, style).format(new Date(instant));
}

export function numberOf(count: number): string {
  return new Intl.NumberFormat("zh-CN").format(count);
}

/** What rows have come to, in few words: where they went where that tells more than the verdict. */
export function outcomeOf({ verdict, state }: Omit<ImportCount, "count">): string {
  const word = t(`verdict.${verdict}`);
  return state === "LEFT" || state === "WAITING" ? word : `${word} · ${t(`row.${state}`)}`;
}
