// What is on record of a person, put in the order in which it came to be.

import type {
  PersonRecordQuery,
  RecordedAssessmentFragment,
  RecordedEntryFragment,
  RecordedNeedFragment,
  RecordedVisitFragment,
  Service,
} from "../generated/desk";

export type PersonRecord = NonNullable<PersonRecordQuery["person"]>;
export type RecordedExcuse = PersonRecord["excuses"]["nodes"][number];

/** Something that happened on a day. */
export type Event = { day: string; key: string } & (
  | { is: "visit"; visit: RecordedVisitFragment }
  | { is: "assessment"; assessment: RecordedAssessmentFragment }
  | { is: "opened" | "closed"; entry: RecordedEntryFragment }
  | { is: "raised" | "settled"; need: RecordedNeedFragment }
  | { is: "excused"; excuse: RecordedExcuse }
);

/** All that happened, the last first; what was on one day as the record tells it. */
export function eventsOf(person: PersonRecord, visits: readonly RecordedVisitFragment[]): Event[] {
  const events: Event[] = [
    ...visits.map((visit) => ({ is: "visit" as const, day: visit.visitedOn, key: visit.id, visit })),
    ...person.assessments.nodes.map((assessment) => ({
      is: "assessment" as const,
      day: assessment.assessedOn,
      key: assessment.id,
      assessment,
    })),
    ...person.needs.nodes.flatMap((need) => [
      { is: "raised" as const, day: need.raisedOn, key: `${need.id} raised`, need },
      ...(need.settledOn ? [{ is: "settled" as const, day: need.settledOn, key: `${need.id} settled`, need }] : []),
    ]),
    ...person.ledgerEntries.nodes.flatMap((entry) => [
      { is: "opened" as const, day: entry.openedOn, key: `${entry.id} opened`, entry },
      ...(entry.closedOn ? [{ is: "closed" as const, day: entry.closedOn, key: `${entry.id} closed`, entry }] : []),
    ]),
    ...person.excuses.nodes.map((excuse) => ({
      is: "excused" as const,
      day: excuse.firstOn,
      key: excuse.id,
      excuse,
    })),
  ];
  return events.sort((a, b) => b.day.localeCompare(a.day));
}

/** The assessments by one instrument that have a score, the first first. */
export interface Trend {
  code: string;
  title: string;
  maximum: number;
  scores: { day: string; score: number; level: string | null }[];
}

export function trendsOf({ assessments }: PersonRecord): Trend[] {
  const found = new Map<string, Trend>();
  for (const { instrumentCode, instrument, assessedOn, score, levelName } of [...assessments.nodes].reverse()) {
    if (score === null) continue;
    const title = instrument?.title ?? instrumentCode;
    const trend = found.get(instrumentCode) ?? { code: instrumentCode, title, maximum: 0, scores: [] };
    trend.maximum = Math.max(trend.maximum, instrument?.maximum ?? score);
    trend.scores.push({ day: assessedOn, score, level: levelName });
    found.set(instrumentCode, trend);
  }
  return [...found.values()];
}

/** Where the points of a trend lie in a picture of a width and a height, days apart as they were. */
export function pointsOf({ scores, maximum }: Trend, width: number, height: number): { x: number; y: number }[] {
  const at = ({ day }: { day: string }) => Date.parse(`${day}T00:00:00Z`);
  const [first, last] = [scores[0], scores.at(-1)];
  if (!first || !last) return [];
  const span = at(last) - at(first) || 1;
  return scores.map((told) => ({
    x: Math.round(((at(told) - at(first)) / span) * width),
    y: Math.round((1 - told.score / (maximum || 1)) * height),
  }));
}

export interface Help {
  service: Service;
  times: number;
  /** The last day it was given. */
  last: string;
}

/** What help was given at visits, the most often given first. */
export function helpOf(visits: readonly RecordedVisitFragment[]): Help[] {
  const found = new Map<Service, Help>();
  for (const { services, visitedOn } of visits) {
    for (const service of services ?? []) {
      const help = found.get(service) ?? { service, times: 0, last: visitedOn };
      help.times += 1;
      if (visitedOn > help.last) help.last = visitedOn;
      found.set(service, help);
    }
  }
  return [...found.values()].sort((a, b) => b.times - a.times);
}
