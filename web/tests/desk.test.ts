import { expect, test } from "vitest";
import { columnsOf, coveredBy, daysBefore, lastMonth, late, openNeeds } from "../src/desk/figures";
import type { JobFragment } from "../src/generated/desk";
import { exportsOf, isSuppressed } from "../src/desk/exports";
import { newest } from "../src/desk/recorded";
import { bySheet, byConcern, type ImportCount, type ImportLine, isUnderWay, toTake, wantingAnEye } from "../src/desk/imports";

const place = (code: string) => ({ code, name: code });

test("counties are the sum of their stations, and stations with nothing missed are not late", () => {
  const rows = [
    { county: place("C1"), station: place("S2"), due: 4, done: 4, excused: 1 },
    { county: place("C1"), station: place("S1"), due: 6, done: 1, excused: 0 },
    { county: place("C0"), station: place("S3"), due: 3, done: 1, excused: 0 },
    { county: null, station: null, due: 9, done: 0, excused: 0 },
  ];
  expect(coveredBy("county", rows)).toEqual([
    { code: "C0", name: "C0", due: 3, done: 1, excused: 0 },
    { code: "C1", name: "C1", due: 10, done: 5, excused: 1 },
  ]);
  expect(late(coveredBy("station", rows)).map(({ code }) => code)).toEqual(["S1", "S3"]);
});

test("needs that are met are not open, and figures that are withheld are in no sum", () => {
  const need = (domain: "CARE" | "OTHER", urgency: "SOON" | "URGENT", status: "OPEN" | "MET", count: number | null) => ({
    domain,
    urgency,
    status,
    figures: [{ count }],
  });
  const rows = [
    need("OTHER", "SOON", "OPEN", 2),
    need("CARE", "SOON", "OPEN", 5),
    need("CARE", "URGENT", "OPEN", null),
    need("CARE", "SOON", "MET", 7),
  ];
  expect(openNeeds(rows)).toEqual([
    { domain: "CARE", all: 5, by: { SOON: 5 } },
    { domain: "OTHER", all: 2, by: { SOON: 2 } },
  ]);
});

test("days go over the ends of months and years", () => {
  expect(daysBefore("2026-03-01", 1)).toBe("2026-02-28");
  expect(daysBefore("2028-03-01", 1)).toBe("2028-02-29");
  expect(daysBefore("2026-01-01", 29)).toBe("2025-12-03");
});

test("what is to be recorded waits or was picked, and what wants an eye comes first", () => {
  const counts = [
    { verdict: "NEW", state: "WAITING", count: 3 },
    { verdict: "CHANGED", state: "WAITING", count: 2 },
    { verdict: "REFUSED", state: "LEFT", count: 4 },
    { verdict: "NEW", state: "KEPT", count: 1 },
  ] as const;
  expect(toTake({ counts: [...counts] }, 1)).toBe(6);
  expect(byConcern(counts).map(({ state }) => state)).toEqual(["KEPT", "LEFT", "WAITING", "WAITING"]);
  expect([isUnderWay("UNDOING"), isUnderWay("UNDONE")]).toEqual([true, false]);
});

test("rows that are refused, look like somebody or were kept want an eye, others do not", () => {
  const count = (verdict: ImportCount["verdict"], state: ImportCount["state"]) => ({ verdict, state, count: 1 });
  const counts = [
    count("NEW", "TAKEN"),
    count("UNCHANGED", "LEFT"),
    count("KNOWN", "LEFT"),
    count("KNOWN", "TAKEN"),
    count("REFUSED", "LEFT"),
    count("CHANGED", "KEPT"),
  ];
  const told = wantingAnEye({ counts }).map(({ verdict, state }) => `${verdict} ${state}`);
  expect(told).toEqual(["CHANGED KEPT", "REFUSED LEFT", "KNOWN LEFT"]);
});

test("what is told twice is there once, the last told first", () => {
  const row = (id: string) => ({ id });
  const ids = newest([row("3"), row("2")], [row("2"), row("1"), row("0")], 3).map(({ id }) => id);
  expect(ids).toEqual(["3", "2", "1"]);
});

test("a sheet begins where the name of the sheet is another", () => {
  const line = (sheet: string, row: number) => ({ sheet, row }) as ImportLine;
  const sheets = bySheet([line("儿童", 3), line("儿童", 4), line("老人", 3)]);
  expect(sheets.map(({ sheet, lines }) => [sheet, lines.length])).toEqual([
    ["儿童", 2],
    ["老人", 1],
  ]);
});

test("the files of a question are its own, and those that were stopped are gone", () => {
  const whole: JobFragment = {
    id: "",
    query: "a",
    format: "XLSX",
    state: "DONE",
    sight: {},
    done: 1,
    expected: 1,
    bytes: 1,
    answer: null,
    problem: null,
    message: null,
    expiresAt: null,
  };
  const job = (id: string, more: Partial<JobFragment>): JobFragment => ({ ...whole, id, ...more });
  const jobs = [
    job("1", {}),
    job("2", { query: "b" }),
    job("3", { format: null }),
    job("4", { state: "STOPPED" }),
    job("5", { state: "FAILED" }),
  ];
  expect(exportsOf(jobs, "a").map(({ id }) => id)).toEqual(["1", "5"]);
  const sights = [null, {}, { "Statistics.rows": "SUPPRESSED" }];
  expect(sights.map((sight) => isSuppressed(job("6", { sight })))).toEqual([false, false, true]);
});

test("an equation names its columns, and the month before is the one to sign", () => {
  expect(columnsOf("4 = 5 + 6 + 17")).toEqual([4, 5, 6, 17]);
  expect([lastMonth("2026-03-31"), lastMonth("2026-01-01")]).toEqual(["2026-02-28", "2025-12-31"]);
});
