import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { address, enter, handIn, item, unlock, write } from "./app.ts";
import { Hub } from "./hub.ts";
import { Killable } from "./killable.ts";
import { picture } from "./picture.ts";
import { PEOPLE } from "./seed.ts";

const shown = (page: Page) => page.getByRole("img", { name: /第 \d 张照片/ });

test("photos taken without a signal come to the hub once, though the line breaks and the browser is killed", async () => {
  const dir = mkdtempSync(join(tmpdir(), "nuanyang-photos-"));
  try {
    const first = await Killable.start(dir);
    const { page } = first;
    await enter(page);
    await page.evaluate(cutAfterOnePiece);
    await page.context().setOffline(true);
    await write(page, PEOPLE.pictured, "附照片两张");
    await page.getByLabel("选取照片").setInputFiles([await picture(page, 1), await picture(page, 2)]);
    await expect(shown(page)).toHaveCount(2);
    await handIn(page);
    await expect(item(page, PEOPLE.pictured)).toContainText("照片已传完 0/2 张");
    await page.context().setOffline(false);
    await expect(item(page, PEOPLE.pictured)).toContainText("未能发到");
    await first.kill();
    expect(await hub().visitsTo(PEOPLE.pictured)).toEqual([]);

    const second = await Killable.start(dir);
    await second.page.addInitScript(notePieces);
    await second.page.goto(address());
    await unlock(second.page);
    await second.page.getByRole("navigation").getByRole("link", { name: /待发/ }).click();
    await expect(item(second.page, PEOPLE.pictured)).toContainText("已入库");
    const offsets = await second.page.evaluate(() => (window as unknown as Noted).pieces);
    expect(offsets.filter((offset) => offset === "0"), "only the second photo begins anew").toHaveLength(1);
    expect(await photosOf(PEOPLE.pictured)).toEqual([["JPEG", "JPEG"]]);
    await second.kill();
  } finally {
    for (const browser of Killable.alive) await browser.kill();
    rmSync(dir, { recursive: true, force: true });
  }
});

test("what is no picture is refused in words, and one that was removed is not handed in", async ({ page }) => {
  await enter(page);
  await write(page, PEOPLE.removed, "删去一张照片");
  const text = { name: "通知.jpg", mimeType: "image/jpeg", buffer: Buffer.from("不是照片") };
  await page.getByLabel("选取照片").setInputFiles([text, await picture(page, 3), await picture(page, 4)]);
  await expect(page.getByRole("alert")).toContainText("“通知.jpg”不是照片");
  await expect(shown(page)).toHaveCount(2);
  page.on("dialog", (dialog) => void dialog.accept());
  await page.getByRole("button", { name: "删除第 1 张照片" }).click();
  await expect(shown(page)).toHaveCount(1);
  await page.getByLabel("拍照").setInputFiles(await picture(page, 4));
  await expect(page.getByText("草稿已存在本机")).toBeVisible();
  await expect(shown(page), "the same one is there once").toHaveCount(1);
  await handIn(page);
  await expect(item(page, PEOPLE.removed)).toContainText("已入库");
  expect(await photosOf(PEOPLE.removed)).toEqual([["JPEG"]]);
  expect(await kept(page), "what is stored leaves the device").toBe(0);
});

/** One piece of an upload comes to the hub, and neither its answer nor any other to the device. */
function cutAfterOnePiece() {
  const send = window.fetch.bind(window);
  let isCut = false;
  window.fetch = async (input, init) => {
    if (isCut && String(input).startsWith("/uploads")) throw new TypeError("no line");
    if (init?.method !== "PATCH") return send(input, init);
    isCut = true;
    await send(input, init);
    throw new TypeError("the line broke");
  };
}

interface Noted {
  pieces: string[];
}

/** Notes behind how many bytes each piece was sent. */
function notePieces() {
  const send = window.fetch.bind(window);
  const pieces: string[] = [];
  Object.assign(window, { pieces });
  window.fetch = (input, init) => {
    if (init?.method === "PATCH") pieces.push(new Headers(init.headers).get("upload-offset") ?? "");
    return send(input, init);
  };
}

const hub = () => Hub.ofTests();

/** The kinds of the photos of each visit to someone. */
async function photosOf(name: string): Promise<string[][]> {
  const query = `query ($name: String!) {
    persons(filter: { namePrefix: $name }) { nodes { visits(first: 50) { nodes { photos { kind } } } } } }`;
  type Visit = { photos: { kind: string }[] };
  type Answer = { persons: { nodes: { visits: { nodes: Visit[] } }[] } };
  const { persons } = await hub().ask<Answer>(query, { name });
  const visits = persons.nodes.flatMap(({ visits }) => visits.nodes);
  return visits.map(({ photos }) => photos.map(({ kind }) => kind));
}

/** How many photos lie on the device. */
function kept(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const open = indexedDB.open("nuanyang-station");
    await new Promise((done) => open.addEventListener("success", done));
    const count = open.result.transaction("photos").objectStore("photos").count();
    await new Promise((done) => count.addEventListener("success", done));
    return count.result;
  });
}
