import { expect, type Page } from "@playwright/test";
import { Hub } from "./hub.ts";

export const PIN = "274913";

export const address = () => `${Hub.ofTests().url}/station/`;

/** Signs in on a new device, by token, and waits for its list. */
export async function enter(page: Page) {
  await page.goto(address());
  await page.getByRole("radio", { name: "访问令牌" }).check();
  await page.getByLabel("访问令牌（以 nyt_ 开头）").fill(process.env.HUB_TOKEN ?? "");
  await page.getByRole("button", { name: "登录", exact: true }).click();
  await choosePin(page);
}

export async function choosePin(page: Page) {
  await page.getByLabel("PIN（6 位数字）").fill(PIN);
  await page.getByLabel("再输一次").fill(PIN);
  await page.getByRole("button", { name: "设好，下载名单" }).click();
  await expect(page.getByRole("heading", { name: "今日应访" })).toBeVisible();
  await expect(page.getByText("名单更新于")).toBeVisible();
}

export async function unlock(page: Page, pin = PIN) {
  await page.getByLabel("PIN（6 位数字）").fill(pin);
  await page.getByRole("button", { name: "打开" }).click();
}

/** Looks someone up in the list. */
export async function lookUp(page: Page, name: string) {
  await page.getByRole("link", { name: "名单", exact: true }).click();
  await page.getByLabel("查找姓名").fill(name);
  await page.getByRole("link", { name }).click();
}

/** Begins a record of a visit, with what was seen. */
export async function write(page: Page, name: string, living: string) {
  await lookUp(page, name);
  await page.getByRole("button", { name: /记一次探访|继续写/ }).click();
  await page.getByLabel("生活状况").fill(living);
}

export async function handIn(page: Page) {
  await page.getByRole("button", { name: "交给平台" }).click();
  await expect(page.getByRole("heading", { name: "待发" })).toBeVisible();
}

/** The card of an item of the outbox. */
export function item(page: Page, name: string, what = "探访") {
  return page.locator(".card", { hasText: `${what} ${name}` });
}

/** A day in the city's time zone. */
export function dayFromNow(days: number): string {
  const date = new Date(Date.now() + days * 86_400_000);
  return date.toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });
}
