import type { CoverageQuery, NeedDomain, NeedsQuery, Urgency } from "../generated/desk";

export const URGENCIES: readonly Urgency[] = ["CRITICAL", "URGENT", "SOON", "NORMAL"];

/** Periods in which a visit was due, of a county or a station. */
export interface Covered {
  code: string;
  name: string;
  due: number;
  done: number;
  excused: number;
}

type CoverageRow = CoverageQuery["coverage"]["rows"][number];

/** Rows of stations added up by county or left by station, in the order of the codes. */
export function coveredBy(of: "county" | "station", rows: readonly CoverageRow[]): Covered[] {
  const found = new Map<string, Covered>();
  for (const row of rows) {
    const place = row[of];
    if (!place) continue;
    const sum = found.get(place.code) ?? { ...place, due: 0, done: 0, excused: 0 };
    sum.due += row.due;
    sum.done += row.done;
    sum.excused += row.excused;
    found.set(place.code, sum);
  }
  return [...found.values()].sort((a, b) => a.code.localeCompare(b.code));
}

/** Those with something due and not done, the most first. */
export function late(covered: readonly Covered[]): Covered[] {
  const missed = ({ due, done }: Covered) => due - done;
  return covered.filter((place) => missed(place) > 0).sort((a, b) => missed(b) - missed(a));
}

export interface OpenNeeds {
  domain: NeedDomain;
  all: number;
  /** By urgency; none where the hub tells no figure. */
  by: Partial<Record<Urgency, number>>;
}

/** Open needs by domain, the most first. */
export function openNeeds(rows: NeedsQuery["statistics"]["rows"]): OpenNeeds[] {
  const found = new Map<NeedDomain, OpenNeeds>();
  for (const { domain, urgency, status, figures } of rows) {
    const count = figures[0]?.count;
    if (status !== "OPEN" || !domain || !urgency || count == null) continue;
    const row = found.get(domain) ?? { domain, all: 0, by: {} };
    row.by[urgency] = count;
    row.all += count;
    found.set(domain, row);
  }
  return [...found.values()].sort((a, b) => b.all - a.all);
}

/** A day some days before another, both as `YYYY-MM-DD`. */
export function daysBefore(day: string, days: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() - days);
  return date.toISOString().slice(0, 10);
}

/** Today in the city. */
export function today(): string {
  return new Date().toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });
}

/** The columns that an equation such as `1 + 2 = 3 + 4` is about. */
export function columnsOf(equation: string): number[] {
  return (equation.match(/\d+/g) ?? []).map(Number);
}

/** The last day of the month before a day, both as `YYYY-MM-DD`: the month that is to be signed. */
export function lastMonth(day: string): string {
  return daysBefore(`${day.slice(0, 7)}-01`, 1);
}
