import { expect, test } from "vitest";
import type { Case } from "../src/station/caseload/case";
import initials from "../src/station/caseload/initials.json";
import { search } from "../src/station/caseload/search";

const people = ["王小明", "王晓梅", "单雄", "曾小玉", "李明", "明王"].map(
  (name) => ({ id: name, person: { name, division: { name: name === "李明" ? "东王村" : "柳河村" } } }) as Case,
);

function found(text: string): string[] {
  return search(people, text, initials).map(({ id }) => id);
}

test("a name is found by its characters, from the start first", () => {
  expect(found("王")).toEqual(["王小明", "王晓梅", "明王", "李明"]);
  expect(found("小明")).toEqual(["王小明"]);
});

test("a name is found by the initials of its pinyin, in small letters or large", () => {
  expect(found("wxm")).toEqual(["王小明", "王晓梅"]);
  expect(found("WXM")).toEqual(["王小明", "王晓梅"]);
  expect(found("xm")).toEqual(["王小明", "王晓梅"]);
});

test("a surname that is read in its own way is found by either reading", () => {
  expect(found("sx")).toEqual(["单雄"]);
  expect(found("dx")).toEqual(["单雄"]);
  expect(found("zxy")).toEqual(["曾小玉"]);
});

test("characters and initials may be mixed", () => {
  expect(found("王xm")).toEqual(["王小明", "王晓梅"]);
});

test("nobody is found by what is not there, and everybody by nothing", () => {
  expect(found("wxmm")).toEqual([]);
  expect(found("赵")).toEqual([]);
  expect(found("  ")).toHaveLength(people.length);
});
