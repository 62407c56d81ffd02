import type { Language } from "../i18n";

type Text = Record<Language, string>;

/** A versioned scale, as the hub publishes it (`web/instruments.json`, `docs/instruments.md`). */
export interface Instrument {
  code: string;
  version: number;
  title: Text;
  subjects: ("PERSON" | "HOUSEHOLD")[];
  ages: { from: number | null; to: number | null } | null;
  maximum: number;
  higher: "BETTER" | "WORSE";
  groups: { code: string; label: Text; items: Item[] }[];
  /** From the lightest to the heaviest. */
  levels: { code: string; label: Text; min: number; max: number }[];
  rules: { label: Text; any: Condition[]; effect: { raise_to: string } | { heavier: number } }[];
}

export interface Item {
  code: string;
  label: Text;
  /** From the best to the worst. */
  options: { value: number; points: number | null; label: Text }[];
}

interface Condition {
  items: string[];
  at_least: number | null;
  at_most: number | null;
}

/** The value of the chosen option, by the code of its item. */
export type Answers = Record<string, number>;

/** What answers come to so far. */
export interface Scored {
  score: number;
  /** The level, as of the answers so far; it counts once none is missing. */
  level: Instrument["levels"][number] | undefined;
  /** Why the level is not that of the score. */
  raisedBy: Text[];
  missing: Item[];
}

export function itemsOf(instrument: Instrument): Item[] {
  return instrument.groups.flatMap(({ items }) => items);
}

/** Whether it is made for somebody of this age in full years; of unknown age, it may be. */
export function suits({ subjects, ages }: Instrument, age: number | undefined): boolean {
  if (!subjects.includes("PERSON")) return false;
  return age === undefined || ((ages?.from ?? 0) <= age && age <= (ages?.to ?? Infinity));
}

/** Scores answers as the hub does. */
export function scored(instrument: Instrument, answers: Answers): Scored {
  const items = itemsOf(instrument);
  const chosen = items.flatMap(({ code, options }) => options.filter(({ value }) => value === answers[code]));
  const score = chosen.reduce((sum, { points }) => sum + (points ?? 0), 0);
  let rank = rankOfScore(instrument, score);
  const raisedBy: Text[] = [];
  for (const { any, effect, label } of instrument.rules) {
    if (!any.some((condition) => holds(condition, answers))) continue;
    const moved = movedTo(instrument, rank, effect);
    if (moved > rank) raisedBy.push(label);
    rank = moved;
  }
  const missing = items.filter(({ code }) => answers[code] === undefined);
  return { score, level: instrument.levels[rank], raisedBy, missing };
}

/** Levels lie without a gap from the lightest on, so the rank is how many the score has passed. */
function rankOfScore({ levels, higher }: Instrument, score: number): number {
  const passed = ({ min, max }: { min: number; max: number }) => (higher === "BETTER" ? score <= max : score >= min);
  return levels.slice(1).filter(passed).length;
}

function movedTo({ levels }: Instrument, rank: number, effect: Instrument["rules"][number]["effect"]): number {
  if ("heavier" in effect) return Math.min(rank + effect.heavier, levels.length - 1);
  return Math.max(rank, levels.findIndex(({ code }) => code === effect.raise_to));
}

function holds({ items, at_least, at_most }: Condition, answers: Answers): boolean {
  const sum = items.reduce((sum, item) => sum + (answers[item] ?? 0), 0);
  return (at_least === null || sum >= at_least) && (at_most === null || sum <= at_most);
}
