import { expect, test } from "vitest";
import { eventsOf, helpOf, type PersonRecord, pointsOf, trendsOf } from "../src/desk/record";
import type { RecordedVisitFragment } from "../src/generated/desk";

const NOBODY = {
  assessments: { nodes: [] },
  needs: { nodes: [] },
  ledgerEntries: { nodes: [] },
  excuses: { nodes: [] },
} as unknown as PersonRecord;

function record(more: Record<string, object[]>): PersonRecord {
  const lists = Object.entries(more).map(([name, nodes]) => [name, { nodes }]);
  return { ...NOBODY, ...Object.fromEntries(lists) };
}

function visit(visitedOn: string, services: string[] | null): RecordedVisitFragment {
  return { id: `visit ${visitedOn}`, visitedOn, services } as unknown as RecordedVisitFragment;
}

test("what happened is told the last first, and what has ended twice", () => {
  const person = record({
    needs: [
      { id: "n1", raisedOn: "2026-01-05", settledOn: "2026-04-01" },
      { id: "n2", raisedOn: "2026-03-01", settledOn: null },
    ],
    ledgerEntries: [{ id: "l", openedOn: "2025-12-01", closedOn: "2026-05-01" }],
    assessments: [{ id: "a", assessedOn: "2026-02-02" }],
    excuses: [{ id: "e", firstOn: "2026-02-10" }],
  });
  const told = eventsOf(person, [visit("2026-04-02", null)]).map(({ day, is }) => `${day} ${is}`);
  expect(told).toEqual([
    "2026-05-01 closed",
    "2026-04-02 visit",
    "2026-04-01 settled",
    "2026-03-01 raised",
    "2026-02-10 excused",
    "2026-02-02 assessment",
    "2026-01-05 raised",
    "2025-12-01 opened",
  ]);
  expect(eventsOf(NOBODY, [])).toEqual([]);
});

const assessed = (assessedOn: string, instrumentCode: string, score: number | null) => ({
  assessedOn,
  instrumentCode,
  score,
  levelName: null,
  instrument: instrumentCode === "lost" ? null : { title: `The ${instrumentCode}`, maximum: 90 },
});

test("a trend is of one instrument, from the first on, without what has no score", () => {
  const assessments = [
    assessed("2026-03-01", "adl", 40),
    assessed("2026-02-01", "lost", 7),
    assessed("2026-01-31", "adl", null),
    assessed("2026-01-01", "adl", 80),
  ];
  const trends = trendsOf(record({ assessments }));
  expect(trends.map(({ title, maximum, scores }) => [title, maximum, scores.map(({ score }) => score)])).toEqual([
    ["The adl", 90, [80, 40]],
    ["lost", 7, [7]],
  ]);
});

test("points lie as far apart as the days, and the best score on top", () => {
  const scores = [
    { day: "2026-01-01", score: 90, level: null },
    { day: "2026-01-02", score: 45, level: null },
    { day: "2026-01-05", score: 0, level: null },
  ];
  expect(pointsOf({ code: "", title: "", maximum: 90, scores }, 100, 40)).toEqual([
    { x: 0, y: 0 },
    { x: 25, y: 20 },
    { x: 100, y: 40 },
  ]);
  expect(pointsOf({ code: "", title: "", maximum: 90, scores: scores.slice(0, 1) }, 100, 40)).toEqual([{ x: 0, y: 0 }]);
  expect(pointsOf({ code: "", title: "", maximum: 0, scores: [] }, 100, 40)).toEqual([]);
});

test("help is counted over the visits, with the last day of each", () => {
  const visits = [visit("2026-03-01", ["CARE"]), visit("2026-04-01", ["MEDICAL", "CARE"]), visit("2026-05-01", null)];
  expect(helpOf(visits)).toEqual([
    { service: "CARE", times: 2, last: "2026-04-01" },
    { service: "MEDICAL", times: 1, last: "2026-04-01" },
  ]);
});
