import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { dayFromNow } from "./app.ts";
import { desk, expectUsable, newOfficer, type Session } from "./desk.ts";
import { Hub } from "./hub.ts";
import { PEOPLE, residentId } from "./seed.ts";

let session: Session;

/** Of the visits that are handed in now. */
const VISITED = dayFromNow(-20);
const YESTERDAY = dayFromNow(-1);

test.beforeAll(async ({ browser }, { workerIndex }) => {
  session = await newOfficer(browser, `sunmin-days-${workerIndex}`);
  const person = { name: PEOPLE.late, residentId: residentId(Object.keys(PEOPLE).indexOf("late")) };
  const visit = { person, visitedOn: VISITED, services: ["CARE"], living: `第 ${workerIndex} 次看` };
  await Hub.ofTests().store([{ visit: { ...visit, mode: "PHONE", minutes: 20 } }]);
});

test.use({
  viewport: { width: 1440, height: 900 },
  storageState: async ({}, use) => {
    await use(session);
  },
});

const QUESTION = `of=VISITS&measures=COUNT&by=MODE&where.visited=${VISITED},${VISITED}`;

/** Has the visits of the day asked as they are known now, beside yesterday. */
async function compare(page: Page) {
  await page.goto(desk(`ask/${QUESTION}`));
  await page.getByLabel("与哪一日相比").fill(YESTERDAY);
  await expect(page.locator("pre")).toContainText(`compare: "${YESTERDAY}"`);
  await page.getByRole("button", { name: "统计", exact: true }).click();
  const title = `探访：条数，按探访方式分；与 ${YESTERDAY} 相比；探访日期：${VISITED} 至 ${VISITED}`;
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
}

/** The row of visits by telephone. */
const byPhone = (page: Page) => page.locator("tbody tr").filter({ hasText: "电话" });

for (const [look, viewport] of [
  ["desktop", { width: 1440, height: 900 }],
  ["phone", { width: 390, height: 844 }],
] as const) {
  test(`two days stand beside each other, and what came late is named and opened, on a ${look}`, async ({ page }) => {
    await page.setViewportSize(viewport);
    await compare(page);
    await expect(page.getByRole("columnheader")).toHaveText(["探访方式", "条数", "有变动的记录", "现在", YESTERDAY, "相差"]);
    const [now = "", then, difference] = await byPhone(page).locator("td.number").allInnerTexts();
    expect([then, difference]).toEqual(["0", `+${now}`]);
    await byPhone(page).scrollIntoViewIfNeeded();
    await expectUsable(page, `desk-days-${look}`);

    await byPhone(page).getByRole("link", { name: "新计入的记录" }).click();
    await expect(page.getByRole("heading", { name: /^电话.* · 新计入的记录$/ })).toBeVisible();
    const late = page.locator("tbody tr").filter({ hasText: PEOPLE.late });
    await expect(late).toHaveCount(1);
    await expect(late.locator("td")).toContainText(["探访", PEOPLE.late, "民生街道社会工作服务站", VISITED, /\d:\d\d/]);
    await expect(page.locator("tbody tr")).toHaveCount(Number(now));
    await expectUsable(page, `desk-days-late-${look}`);
    await late.getByRole("link", { name: PEOPLE.late }).click();
    await expect(page.getByRole("heading", { name: PEOPLE.late })).toBeVisible();

    await page.goBack();
    await page.getByRole("link", { name: "返回统计结果" }).click();
    await expect(page.getByLabel("与哪一日相比")).toHaveValue(YESTERDAY);
    await byPhone(page).getByRole("link", { name: "不再计入的记录" }).click();
    await expect(page.getByText("没有记录")).toBeVisible();
  });
}

test("a number opens what it counts, with another day or without", async ({ page }) => {
  await page.goto(desk(`ask/${QUESTION}`));
  const figure = byPhone(page).locator("td.number").getByRole("link");
  const count = Number(await figure.innerText());
  await figure.click();
  await expect(page.getByRole("heading", { name: /^电话.* · 计入的记录$/ })).toBeVisible();
  await expect(page.locator("tbody tr")).toHaveCount(count);
  await expect(page.getByRole("link", { name: PEOPLE.late })).toBeVisible();
});

test("the day goes with the question into what is saved and what is taken home", async ({ page }) => {
  await compare(page);
  const saved = page.getByRole("region", { name: "保存的查询" });
  await saved.getByLabel("名称").fill("电话探访与昨日");
  await saved.getByRole("button", { name: "保存这个查询" }).click();
  await page.getByRole("button", { name: "csv", exact: true }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "取回 csv" }).click();
  const text = readFileSync(await (await download).path(), "utf8");
  expect(text).toContain("探访方式,条数,与较早之日相比·当日·条数,与较早之日相比·相差·条数");
  expect(text).toMatch(/\n电话[^,]*,(\d+),0,\1\s/);

  await saved.getByRole("link", { name: "电话探访与昨日" }).click();
  await page.getByRole("link", { name: "打开并统计" }).click();
  await expect(page.getByLabel("与哪一日相比")).toHaveValue(YESTERDAY);
  await expect(byPhone(page)).toHaveCount(1);
});
