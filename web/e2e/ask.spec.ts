import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { account, desk, expectUsable, newOfficer, type Session, signInFirst, strange } from "./desk.ts";
import { Hub, STATION } from "./hub.ts";
import { sheetsOf } from "./workbook.ts";

const hub = () => Hub.ofTests();

let session: Session;

test.beforeAll(async ({ browser }, { workerIndex }) => {
  session = await newOfficer(browser, `sunmin-ask-${workerIndex}`);
});

test.use({
  viewport: { width: 1440, height: 900 },
  storageState: async ({}, use) => {
    await use(session);
  },
});

/** Open needs by domain, of which all that were made up are of one. */
async function askNeeds(page: Page) {
  await page.getByLabel("统计什么").selectOption("NEEDS");
  await page.getByRole("checkbox", { name: "县(市、区)" }).uncheck();
  await page.getByRole("checkbox", { name: "需求领域" }).check();
  await page.getByRole("button", { name: "统计", exact: true }).click();
  await expect(page.getByRole("heading", { name: "需求：条数，按需求领域分" })).toBeVisible();
}

/** What a link or a button gives to keep. */
async function taken(page: Page, role: "link" | "button", name: string): Promise<{ name: string; file: Buffer }> {
  const download = page.waitForEvent("download");
  await page.getByRole(role, { name, exact: true }).click();
  const kept = await download;
  return { name: kept.suggestedFilename(), file: readFileSync(await kept.path()) };
}

test("a question is put together, asked and answered as its text says", async ({ page }) => {
  await page.goto(desk("ask"));
  await page.getByLabel("统计什么").selectOption("NEEDS");
  await page.getByRole("checkbox", { name: "县(市、区)" }).uncheck();
  await page.getByRole("checkbox", { name: "需求领域" }).check();
  await page.getByRole("checkbox", { name: "不同的人数" }).check();
  const text = await page.locator("pre").innerText();
  type Answer = { statistics: { rows: { figures: { count: number }[] }[] } };
  const { statistics } = await hub().ask<Answer>(text);
  await page.getByRole("button", { name: "统计", exact: true }).click();
  const row = page.locator("tbody tr").filter({ hasText: "住房修缮" });
  // The officer of the county and the worker of the only station with people see the same.
  await expect(row.locator("td.number").first()).toHaveText(String(statistics.rows[0]?.figures[0]?.count));
  await expect(page.getByText(/这样问的价格是 [\d,]+，上限 [\d,]+/)).toBeVisible();
  await expect(page.getByRole("img", { name: "第一个量的柱状图" })).toBeVisible();
  await expect(page.locator("canvas")).toBeVisible();

  await page.getByRole("checkbox", { name: "探访方式" }).check();
  await page.getByRole("button", { name: "统计", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("MODE");
  await expect(page.locator("tbody tr")).toHaveCount(0);
});

test("records are picked by conditions, which are told with the answer and kept in its address", async ({ page }) => {
  await page.goto(desk("ask"));
  await page.getByLabel("统计什么").selectOption("NEEDS");
  await page.getByLabel("加一个条件").selectOption({ label: "紧急程度" });
  const urgency = page.getByRole("group", { name: "紧急程度" });
  await urgency.getByRole("checkbox", { name: "特急" }).check();
  await page.getByLabel("加一个条件").selectOption({ label: "社工站，代码或 id" });
  await page.getByLabel("社工站，代码或 id").selectOption(STATION);
  await page.getByRole("button", { name: "统计", exact: true }).click();
  const title = "需求：条数，按县(市、区)分；社工站，代码或 id：民生街道社会工作服务站；紧急程度：特急";
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
  await expect(page.getByText("没有符合的记录")).toBeVisible();

  await urgency.getByRole("checkbox", { name: "较急" }).check();
  await page.getByRole("button", { name: "统计", exact: true }).click();
  await expect(page.locator("tbody tr")).toHaveCount(1);
  await page.reload();
  await expect(page.locator("tbody tr")).toHaveCount(1);
  await expect(urgency.getByRole("checkbox", { name: "特急" })).toBeChecked();
  await page.getByRole("button", { name: "去掉：紧急程度" }).click();
  await expect(urgency).toHaveCount(0);
  await expect(page.locator("pre")).toContainText(`stations: ["${STATION}"]`);
  await expect(page.locator("pre")).not.toContainText("urgencies");
});

test("the price is told before one asks, and nothing is asked by the way", async ({ page }) => {
  await page.goto(desk("ask"));
  const asked: string[] = [];
  page.on("request", (request) => request.url().endsWith("/graphql") && asked.push(request.postData() ?? ""));
  const price = page.getByText(/这样问的价格是 [\d,]+，上限 [\d,]+/);
  const first = await price.innerText();
  await page.getByRole("checkbox", { name: "年龄段" }).check();
  await expect(price).not.toHaveText(first);
  const priced = asked.filter((body) => body.includes("statistics("));
  expect(priced.length).toBeGreaterThan(0);
  expect(priced.filter((body) => !body.includes("@skip(if: true)"))).toEqual([]);
});

test("ages of men and women are drawn as a pyramid, months as lines, and either as bars", async ({ page }) => {
  await page.goto(desk("ask/of=PERSONS&measures=COUNT&by=AGE_BAND,SEX"));
  await expect(page.getByRole("img", { name: /金字塔图/ })).toBeVisible();
  await expect(page.locator("canvas")).toBeVisible();
  await page.getByRole("radio", { name: "柱状图" }).check();
  await expect(page.getByRole("img", { name: /柱状图/ })).toBeVisible();
  await page.goto(desk("ask/of=LEDGER_ENTRIES&measures=COUNT&by=MONTH,RISK"));
  await expect(page.getByRole("img", { name: /折线图/ })).toBeVisible();
  await expect(page.locator("canvas")).toBeVisible();
});

test("an analyst's answer goes home as a workbook, as text and as a picture", async ({ browser }) => {
  account("add", "analyst-ask", "--name", "何静", "--role", "analyst");
  const page = await strange(browser);
  await signInFirst(page, "analyst-ask", "湖边的芦苇荡-2026-秋");
  await page.getByRole("link", { name: "自助统计" }).click();
  await askNeeds(page);
  const count = await page.locator("tbody tr").filter({ hasText: "住房修缮" }).locator("td.number").innerText();
  expect(Number(count)).toBeGreaterThan(20);

  await page.getByRole("button", { name: "表格 xlsx", exact: true }).click();
  const workbook = await taken(page, "link", "取回 表格 xlsx");
  expect(workbook.name).toMatch(/^export-.*\.xlsx$/);
  const sheets = sheetsOf(workbook.file);
  expect(sheets.导出说明?.flat().join()).toContain("何静");
  expect(sheets.各行?.map(([domain, figure]) => [domain, figure])).toContainEqual(["住房修缮", count]);
  // An analyst is told no figures about few people, and that there may be such.
  await expect(page.getByText("涉及人数过少的数字不在文件里。")).toBeVisible();

  await page.getByRole("button", { name: "csv", exact: true }).click();
  const text = await taken(page, "link", "取回 csv");
  expect(text.name).toMatch(/^export-.*\.csv$/);
  expect(text.file.toString("utf8")).toMatch(new RegExp(`^\uFEFF需求领域,条数.*\\s+住房修缮,${count}\\s`));
  const picture = await taken(page, "button", "取走这张图（png）");
  expect(picture.name).toBe("需求：条数，按需求领域分.png");
  expect(picture.file.subarray(1, 4).toString("latin1")).toBe("PNG");

  await page.getByRole("button", { name: "删除 csv" }).click();
  await expect(page.getByRole("link", { name: "取回 csv" })).toHaveCount(0);
  await page.context().close();
});

test("a question is in the address, for others to open and for oneself to come back to", async ({ page, context }) => {
  await page.goto(desk("ask"));
  await askNeeds(page);
  await expect(page).toHaveTitle("需求：条数，按需求领域分 - 暖阳 业务台");
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByRole("heading", { name: "需求：条数，按需求领域分" })).toBeVisible();
  await expect(other.getByRole("checkbox", { name: "需求领域" })).toBeChecked();
  await other.close();

  await page.getByRole("checkbox", { name: "紧急程度" }).check();
  await page.getByRole("button", { name: "统计", exact: true }).click();
  await expect(page.getByRole("heading", { name: "需求：条数，按需求领域、紧急程度分" })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("heading", { name: "需求：条数，按需求领域分" })).toBeVisible();
  await expect(page.getByRole("checkbox", { name: "紧急程度" })).not.toBeChecked();
});

test("totals stand apart in the table, and are not drawn as if they were parts", async ({ page }) => {
  await page.goto(desk("ask/of=LEDGER_ENTRIES&measures=COUNT&by=RISK"));
  await expect(page.locator("tbody tr").first()).toBeVisible();
  const parts = await page.locator("tbody tr").count();
  await page.getByLabel("合计", { exact: true }).selectOption("逐级合计");
  await page.getByRole("button", { name: "统计", exact: true }).click();
  const total = page.locator("tbody tr.total");
  await expect(total).toHaveCount(1);
  await expect(total.locator("td").first()).toHaveText("合计");
  await expect(page.locator("tbody tr")).toHaveCount(parts + 1);
  const figures = await page.locator("tbody tr:not(.total) td.number").allInnerTexts();
  const sum = figures.reduce((sum, figure) => sum + Number(figure.replaceAll(",", "")), 0);
  await expect(total.locator("td.number")).toHaveText(sum.toLocaleString("zh-CN"));
  await expectUsable(page, "desk-ask-totals");

  await page.getByRole("button", { name: "csv", exact: true }).click();
  const text = await taken(page, "link", "取回 csv");
  expect(text.name).toMatch(/\.csv$/);
  // A total is told by what it adds up, since its place for it is empty.
  expect(text.file.toString("utf8")).toMatch(new RegExp(`\n,风险等级,${sum}\\s`));
});

test("what was put together is still there once one has signed in again after the session ended", async ({ browser }) => {
  const [name, own] = ["lead-ended", "渡口边的老石桥墩-2026"];
  account("add", name, "--name", "钱站长", "--role", "station-lead", "--station", STATION);
  const page = await strange(browser);
  await signInFirst(page, name, own);
  await page.getByRole("link", { name: "自助统计" }).click();
  await page.getByLabel("统计什么").selectOption("NEEDS");
  await page.getByRole("checkbox", { name: "需求领域" }).check();
  await page.context().clearCookies();
  await page.getByRole("button", { name: "统计", exact: true }).click();
  await expect(page.getByText("登录已到期，请重新登录")).toBeVisible();
  await expect(page.getByLabel("统计什么")).toBeHidden();
  await page.getByLabel("用户名").fill(name);
  await page.getByLabel("密码", { exact: true }).fill(own);
  await page.getByRole("button", { name: "登录" }).click();
  await expect(page.getByLabel("统计什么")).toHaveValue("NEEDS");
  await expect(page.getByRole("checkbox", { name: "需求领域" })).toBeChecked();
});
