import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import cities from "../src/desk/cities.json";
import { placed, shadeOf } from "../src/desk/tiles";

test("each county of a city is on its map once, and no other", () => {
  const places = readFileSync(new URL("../../migration/data/divisions.csv", import.meta.url), "utf8").split("\n");
  for (const [city, rows] of Object.entries(cities)) {
    const counties = places.map((line) => line.split(",")[0] ?? "").filter((code) => new RegExp(`^${city.slice(0, 4)}\\d\\d$`).test(code));
    expect(rows.flat().filter(Boolean).sort(), city).toEqual(counties.filter((code) => code !== city).sort());
    expect(new Set(rows.map(({ length }) => length)).size, city).toBe(1);
  }
});

test("what is told of lies where it lies, and what no map has stands beside", () => {
  const { rows, beside } = placed(["410804", "410882", "419001"]);
  expect(rows).toEqual([
    ["", "", "", "", ""],
    ["410882", "", "", "", "410804"],
    ["", "", "", "", ""],
  ]);
  expect(beside).toEqual(["419001"]);
  expect(placed(["110101"])).toEqual({ rows: [], beside: ["110101"] });
});

test("more has a darker shade, up to the darkest, and what is not known has the lightest", () => {
  expect([null, 0, 19, 20, 60, 100, 140].map((value) => shadeOf(value, 100))).toEqual([0, 0, 0, 1, 3, 4, 4]);
  expect(shadeOf(0, 0)).toBe(0);
});
