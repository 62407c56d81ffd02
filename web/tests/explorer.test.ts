import { expect, test } from "vitest";
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
