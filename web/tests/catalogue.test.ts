import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import * as desk from "../src/desk/i18n/en";
import * as deskZh from "../src/desk/i18n/zh";
import * as explorer from "../src/explorer/i18n/en";
import * as explorerZh from "../src/explorer/i18n/zh";
import * as shared from "../src/shared/i18n/en";
import * as sharedZh from "../src/shared/i18n/zh";
import * as station from "../src/station/i18n/en";
import * as stationZh from "../src/station/i18n/zh";

type Catalogue = Record<string, string>;

const CATALOGUES: Record<string, [Catalogue, Catalogue]> = {
  station: [stationZh.zh, station.en],
  desk: [deskZh.zh, desk.en],
  explorer: [explorerZh.zh, explorer.en],
  "all pages": [sharedZh.zh, shared.en],
};

test.each(Object.entries(CATALOGUES))("%s: both languages have the same sentences, with the same values in them", (_, of) => {
  const [zh, en] = of;
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  for (const [key, sentence] of Object.entries(zh)) {
    const values = (text = "") => new Set(text.match(/\{\w+\}/g));
    expect(values(en[key]), key).toEqual(values(sentence));
  }
});

test("no page says anew what all pages say", () => {
  for (const own of [stationZh.zh, deskZh.zh, explorerZh.zh]) {
    expect(Object.keys(own).filter((key) => key in sharedZh.zh)).toEqual([]);
  }
});

test("what a new device shows before the app is there says what the app says", async () => {
  const page = await readFile(new URL("../station/index.html", import.meta.url), "utf8");
  for (const key of ["signin.title", "signin.intro", "signin.by", "signin.byPassword", "signin.byToken", "signin.username"] as const) {
    expect(page).toContain(`>${stationZh.zh[key]}<`);
  }
});
