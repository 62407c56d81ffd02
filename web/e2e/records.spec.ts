import { expect, test } from "@playwright/test";
import { dayFromNow, enter, handIn, item, lookUp } from "./app.ts";
import { Hub } from "./hub.ts";
import { PEOPLE } from "./seed.ts";

test("an excuse that is too long is told at its field, mended, and takes its person off the list of today", async ({ page }) => {
  await enter(page);
  await lookUp(page, PEOPLE.excused);
  await page.getByRole("button", { name: "免访登记" }).click();
  await page.getByRole("radio", { name: "住院" }).check();
  await page.getByLabel("截止日").fill(dayFromNow(92));
  await page.getByRole("button", { name: "交给平台" }).click();
  await expect(page.getByRole("alert")).toContainText("免访一次至多92天");
  await expect(page.getByLabel("截止日")).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel("截止日").fill(dayFromNow(10));
  await handIn(page);
  await expect(item(page, PEOPLE.excused, "免访登记")).toContainText("已入库");
  await lookUp(page, PEOPLE.excused);
  await expect(page.getByText(/^免访至/)).toBeVisible();
  await page.getByRole("link", { name: "今日", exact: true }).click();
  await expect(page.getByRole("link", { name: PEOPLE.excused })).toHaveCount(0);
});

test("an entry that is closed takes its person off the device", async ({ page }) => {
  await enter(page);
  await lookUp(page, PEOPLE.closed);
  await page.getByRole("button", { name: "老年人台账销账" }).click();
  await page.getByRole("radio", { name: "去世" }).check();
  await handIn(page);
  await expect(item(page, PEOPLE.closed, "销账")).toContainText("已入库");
  await page.getByRole("link", { name: "名单", exact: true }).click();
  await page.getByLabel("查找姓名").fill(PEOPLE.closed);
  await expect(page.getByText("没有找到")).toBeVisible();
  const query = `query ($name: String!) {
    persons(filter: { namePrefix: $name }) { nodes { ledgerEntries(first: 5) { nodes { closureReason } } } } }`;
  type Answer = { persons: { nodes: { ledgerEntries: { nodes: { closureReason: string }[] } }[] } };
  const { persons } = await Hub.ofTests().ask<Answer>(query, { name: PEOPLE.closed });
  expect(persons.nodes[0]?.ledgerEntries.nodes).toEqual([{ closureReason: "DECEASED" }]);
});

test("an assessment tells score and level as one goes, and the hub comes to the same", async ({ page, context }) => {
  await enter(page);
  await lookUp(page, PEOPLE.assessed);
  // Born in 1945: no instrument for children is offered.
  await expect(page.getByRole("button", { name: "儿童风险筛查" })).toHaveCount(0);
  await page.getByRole("button", { name: "家庭综合需求评估" }).click();
  await expect(page.getByRole("heading", { name: `评估 ${PEOPLE.assessed}` })).toBeVisible();
  const items = page.locator("fieldset:has(.list)");
  await expect(items.first()).toBeVisible();
  const count = await items.count();
  await context.setOffline(true);
  for (let i = 0; i < count - 1; i++) await items.nth(i).getByRole("radio").last().check();
  await expect(page.getByText("还有 1 题没有回答")).toBeVisible();
  await page.getByRole("button", { name: "交给平台" }).click();
  await expect(page.getByRole("alert")).toContainText("没有回答");
  await items.last().getByRole("radio").last().check();
  const outcome = page.locator(".panel", { hasText: "结果" });
  const score = (await outcome.getByText("得分").textContent())?.match(/\d+/)?.[0];
  const level = await outcome.locator(".name").textContent();
  await handIn(page);
  await context.setOffline(false);
  await expect(item(page, PEOPLE.assessed, "评估")).toContainText("已入库");
  expect(await assessmentsOf(PEOPLE.assessed)).toEqual([{ score: Number(score), levelName: level }]);
});

async function assessmentsOf(name: string) {
  const query = `query ($name: String!) {
    persons(filter: { namePrefix: $name }) {
      nodes { assessments(first: 5) { nodes { score levelName } } } } }`;
  type Answer = { persons: { nodes: { assessments: { nodes: object[] } }[] } };
  const { persons } = await Hub.ofTests().ask<Answer>(query, { name });
  return persons.nodes.flatMap(({ assessments }) => assessments.nodes);
}

test("someone new is entered into a ledger without a signal, checked as the hub checks, and joins the list", async ({ page, context }) => {
  await enter(page);
  await context.setOffline(true);
  await page.getByRole("link", { name: "名单", exact: true }).click();
  await page.getByRole("link", { name: "登记新人" }).click();
  await page.getByRole("button", { name: "老年人台账" }).click();
  await page.getByRole("button", { name: "交给平台" }).click();
  await expect(page.getByRole("alert")).toContainText("没有填写姓名");
  await expect(page.getByRole("alert")).toContainText("没有选择村（社区）");
  await page.getByLabel("姓名").fill("许满堂");
  await page.getByLabel("身份证号", { exact: true }).fill("110105194912310021");
  await expect(page.getByText("身份证号校验码不符").first()).toBeVisible();
  await page.getByLabel("身份证号", { exact: true }).fill("11010519491231002X");
  await page.getByLabel("村（社区）").selectOption({ index: 1 });
  await page.getByRole("textbox", { name: /^电话/ }).fill("138000");
  await page.getByRole("radio", { name: "独居" }).check();
  await page.getByRole("button", { name: "交给平台" }).click();
  await expect(page.getByRole("alert")).toContainText("电话号码应为11位手机号");
  await page.getByRole("textbox", { name: /^电话/ }).fill("138 0000 2000");
  await expect(page.getByRole("heading", { name: "登记 许满堂" })).toBeVisible();
  await handIn(page);
  await context.setOffline(false);
  await expect(item(page, "许满堂", "登记")).toContainText("已入库");
  await lookUp(page, "许满堂");
  await expect(page.getByText("13800002000")).toBeVisible();
});
