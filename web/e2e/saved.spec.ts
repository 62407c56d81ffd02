import { expect, type Page, test } from "@playwright/test";
import { account, desk, expectUsable, newOfficer, type Session, signInFirst, strange } from "./desk.ts";

let session: Session;

test.beforeAll(async ({ browser }, { workerIndex }) => {
  session = await newOfficer(browser, `sunmin-saved-${workerIndex}`);
});

test.use({
  viewport: { width: 1440, height: 900 },
  storageState: async ({}, use) => {
    await use(session);
  },
});

const ADDRESS = "ask/of=NEEDS&measures=COUNT&by=DOMAIN&where.urgencies=SOON";

/** Saves a question under a name, and opens its page. */
async function save(page: Page, name: string) {
  await page.goto(desk(ADDRESS));
  const saved = page.getByRole("region", { name: "保存的查询" });
  await expect(saved.getByLabel("名称")).toHaveValue(/^需求：条数，按需求领域分/);
  await saved.getByLabel("名称").fill(name);
  await saved.getByRole("button", { name: "保存这个查询" }).click();
  await expect(saved.getByText(`已保存“${name}”。`)).toBeVisible();
  await saved.getByRole("link", { name, exact: true }).click();
  await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
}

test("a question is saved under a name, opened, renamed and removed", async ({ page }) => {
  await save(page, "较急的需求");
  await page.getByRole("link", { name: "打开并统计" }).click();
  await expect(page.locator("tbody tr").filter({ hasText: "住房修缮" })).toHaveCount(1);
  await expect(page.getByRole("group", { name: "紧急程度" }).getByRole("checkbox", { name: "较急" })).toBeChecked();

  await page.goBack();
  await page.getByLabel("名称", { exact: true }).fill("月底看的需求");
  await page.getByRole("button", { name: "更名" }).click();
  await expect(page.getByRole("heading", { name: "月底看的需求" })).toBeVisible();
  await page.getByRole("button", { name: "删除这个查询" }).click();
  await page.getByRole("button", { name: "确认删除" }).click();
  await expect(page.getByRole("heading", { name: "自助统计" })).toBeVisible();
  await expect(page.getByRole("link", { name: "月底看的需求" })).toHaveCount(0);
  await page.goBack();
  await expect(page.getByText("没有这个查询，或保存它的人没有共享。")).toBeVisible();
});

test("a link opens it for others once it is shared, and no sooner", async ({ page, browser }) => {
  await save(page, "共享的需求");
  const link = page.url();
  account("add", "analyst-saved", "--name", "何静", "--role", "analyst");
  const other = await strange(browser);
  await signInFirst(other, "analyst-saved", "湖边的芦苇荡-2026-秋");
  await expect(other.getByRole("link", { name: "自助统计" })).toBeVisible();
  await other.goto(link);
  await expect(other.getByText("没有这个查询，或保存它的人没有共享。")).toBeVisible();

  await page.getByRole("checkbox", { name: "凭链接可打开" }).click();
  await expect(page.getByLabel("链接", { exact: true })).toHaveValue(link);
  await other.reload();
  await expect(other.getByText(/^孙\*于 .* 保存。$/)).toBeVisible();
  await expect(other.getByRole("button", { name: "更名" })).toHaveCount(0);
  await expect(other.getByRole("region", { name: "定时导出" })).toHaveCount(0);
  await other.getByRole("link", { name: "打开并统计" }).click();
  // It is asked by rights of one's own: an analyst is told no figures of a part that a filter picks.
  await expect(other.getByRole("alert")).toContainText("put what the filter picks into by");
  await other.context().close();
});

test("it is exported by the clock, until that is ended", async ({ page }) => {
  await save(page, "每周的需求");
  const schedule = page.getByRole("region", { name: "定时导出" });
  await schedule.getByLabel("多久一次").selectOption("每周");
  await schedule.getByLabel("周几").selectOption("周五");
  await schedule.getByLabel("几点（北京时间）").selectOption("17:00");
  await schedule.getByLabel("格式").selectOption("csv");
  await schedule.getByRole("button", { name: "定时导出" }).click();
  await expect(schedule.getByText(/^每周五 17:00 导出为 csv；下一次 .*17:00。$/)).toBeVisible();
  await expect(schedule.getByText("还没有导出过，或文件已到期。")).toBeVisible();
  await expectUsable(page, "desk-saved");
  await page.setViewportSize({ width: 390, height: 844 });
  await expectUsable(page, "desk-saved-phone");

  await page.reload();
  await expect(schedule.getByLabel("周几")).toHaveValue("5");
  await schedule.getByRole("button", { name: "不再定时导出" }).click();
  await expect(schedule.getByRole("button", { name: "不再定时导出" })).toHaveCount(0);
  await expect(schedule.getByText(/下一次/)).toHaveCount(0);
});

test("the newest file is there to fetch, and why there was none is told", async ({ page }) => {
  await save(page, "每天的需求");
  // The clock of the hub cannot be set from here: what it would tell after the hour is put into its answer.
  await page.route("**/graphql", async (route) => {
    const answer = await route.fetch();
    const told = await answer.json();
    const saved = told.data?.savedQuestion;
    if (saved) {
      const times = { every: "DAILY", on: null, hour: 8, format: "CSV", dueAt: "2026-11-28T00:00:00Z" };
      saved.schedule = { ...times, refusedOn: "2026-11-27", message: "账户的权限与开始时不同；请重新开始" };
      saved.export = {
        ...{ id: "01", state: "DONE", query: saved.query, done: 1, expected: 1, bytes: 2048, sight: {} },
        ...{ answer: "/jobs/01/answer", format: "CSV", problem: null, message: null, expiresAt: "2026-12-03T00:00:00Z" },
      };
    }
    await route.fulfill({ response: answer, json: told });
  });
  await page.reload();
  await expect(page.getByText("2026-11-27 没有导出：账户的权限与开始时不同；请重新开始。改好后请重新设定。")).toBeVisible();
  await expect(page.getByRole("link", { name: "取回 csv" })).toHaveAttribute("href", "/jobs/01/answer");
  await page.unrouteAll({ behavior: "ignoreErrors" });
});
