import { parse } from "graphql";
import { expect, test } from "vitest";
import { priceTextOf } from "../src/explorer/price";
import { idIn, variablesIn, variablesOf } from "../src/explorer/question";

test("variables are kept as the editor has them, and what is no object is told", () => {
  expect([variablesIn(""), variablesIn(" \n"), variablesIn('{ "day": "2026-01-31" }')]).toEqual([{}, {}, { day: "2026-01-31" }]);
  expect(["[1]", "null", "7", "{ day: 1 }"].map(variablesIn)).toEqual([undefined, undefined, undefined, undefined]);
  expect(variablesOf({})).toBe("");
  expect(variablesIn(variablesOf({ codes: ["S410802001"] }))).toEqual({ codes: ["S410802001"] });
});

test("a link of the desk and of this page name the same question, and nothing else does", () => {
  const id = "0199f0c2-1111-7abc-8def-0123456789ab";
  expect(idIn(`https://hub.example.org/desk/#/saved/${id}`)).toBe(id);
  expect(idIn(`https://hub.example.org/#/saved/${id}`)).toBe(id);
  expect(["", `/saved/${id}f`, `/saved/${id.slice(1)}`, `/person/${id}`, id].map(idIn)).toEqual(Array(5).fill(undefined));
});

/** Without breaks. */
const priced = (text: string, name?: string) => priceTextOf(parse(text), name)?.replace(/\s+/g, " ");

test("the price of a query is asked by itself, with nothing worked out", () => {
  expect(priced("{ visits(first: 5) { totalCount } all: stations { code } }")).toBe(
    "{ visits(first: 5) @skip(if: true) { totalCount } all: stations @skip(if: true) { code } }",
  );
  expect(priced("query A($no: Boolean!) { viewer @skip(if: $no) @include(if: true) { name } }")).toBe(
    "query A($no: Boolean!) { viewer @include(if: true) @skip(if: true) { name } }",
  );
  expect(priced("{ ...More } fragment More on Query { viewer { name } }")).toBe(
    "{ ...More @skip(if: true) } fragment More on Query { viewer { name } }",
  );
});

test("of several operations the chosen one is priced, and only a query", () => {
  const two = "query A { viewer { name } } query B { stations { code } }";
  expect(priced(two, "B")).toBe("query A { viewer { name } } query B { stations @skip(if: true) { code } }");
  expect(priced(two)).toBeUndefined();
  expect(priced("mutation { signOut }")).toBeUndefined();
  expect(priced("subscription { jobProgressed { id } }")).toBeUndefined();
});
