import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Page, test } from "@playwright/test";
import { address, enter, handIn } from "./app.ts";
import { picture } from "./picture.ts";
import { PEOPLE } from "./seed.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Nothing that axe knows to look for keeps anybody from using the page, nor does it scroll sideways. */
async function expectUsable(page: Page, name: string) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: { run(): Promise<Found> } }).axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
  });
  expect(found, name).toEqual([]);
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(beyond, `${name} is wider than the window`).toBeLessThanOrEqual(0);
  if (process.env.SCREENSHOTS) {
    await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}.png` });
  }
}

interface Found {
  violations: { id: string; nodes: { target: string[] }[] }[];
}

const LOOKS = [
  { look: "phone-light", viewport: { width: 390, height: 844 }, colorScheme: "light" },
  { look: "phone-dark", viewport: { width: 360, height: 640 }, colorScheme: "dark" },
  { look: "desk-light", viewport: { width: 1366, height: 768 }, colorScheme: "light" },
  { look: "wall-dark", viewport: { width: 2560, height: 1440 }, colorScheme: "dark" },
] as const;

for (const { look, viewport, colorScheme } of LOOKS) {
  test.describe(look, () => {
    test.use({ viewport, colorScheme });

    test(`every page can be used by everybody (${look})`, async ({ page, context }) => {
      await page.goto(address());
      await expect(page.getByRole("button", { name: "登录" })).toBeVisible();
      await expectUsable(page, `${look}-signin`);
      await enter(page);
      await expectUsable(page, `${look}-today`);
      await page.getByRole("radio", { name: "按村走访" }).check();
      await expectUsable(page, `${look}-villages`);
      await page.getByRole("link", { name: "名单" }).click();
      await page.getByLabel("查找姓名").fill("zzzzzz");
      await expect(page.getByText("没有找到")).toBeVisible();
      await expectUsable(page, `${look}-nobody`);
      await page.getByLabel("查找姓名").fill("");
      await expectUsable(page, `${look}-people`);
      await page.getByLabel("查找姓名").fill(PEOPLE.pages);
      await page.getByRole("link", { name: PEOPLE.pages }).click();
      await expectUsable(page, `${look}-person`);
      await page.getByRole("button", { name: "记一次探访" }).click();
      await page.getByRole("button", { name: "添加一项需求" }).click();
      await page.getByLabel("选取照片").setInputFiles([await picture(page, 5), await picture(page, 6)]);
      await expect(page.getByRole("img", { name: /第 \d 张照片/ })).toHaveCount(2);
      await page.getByLabel("时长").fill("5000");
      await page.getByRole("button", { name: "交给平台" }).click();
      await expect(page.getByRole("alert")).toContainText("1440");
      await expectUsable(page, `${look}-visit`);
      await page.getByLabel("时长").fill("50");
      await context.setOffline(true);
      await handIn(page);
      await expectUsable(page, `${look}-outbox`);
      await page.getByRole("link", { name: "名单" }).click();
      await page.getByRole("link", { name: "登记新人" }).click();
      await page.getByRole("button", { name: "残疾人台账" }).click();
      await page.getByRole("button", { name: "交给平台" }).click();
      await expect(page.getByRole("alert")).toContainText("没有填写姓名");
      await expectUsable(page, `${look}-entry`);
      await page.getByRole("link", { name: "名单" }).click();
      await page.getByRole("link", { name: PEOPLE.pages }).click();
      await page.getByRole("button", { name: "老年人能力评估" }).click();
      await page.getByRole("button", { name: "交给平台" }).click();
      await expect(page.getByRole("alert")).toContainText("没有回答");
      await expectUsable(page, `${look}-assessment`);
      await page.getByRole("link", { name: "名单" }).click();
      await page.getByRole("link", { name: PEOPLE.pages }).click();
      await page.getByRole("button", { name: "登记家庭" }).click();
      await page.getByLabel("从名单中找成员").fill("福来");
      await expect(page.getByRole("button", { name: /^加入 / }).first()).toBeVisible();
      await page.getByRole("button", { name: "加入名单外的成员" }).click();
      await page.getByRole("button", { name: "交给平台" }).click();
      await expect(page.getByRole("alert")).toContainText("没有填写姓名");
      await expectUsable(page, `${look}-household`);
      await page.getByRole("link", { name: "名单" }).click();
      await page.getByRole("link", { name: PEOPLE.pages }).click();
      await page.getByRole("button", { name: "更正基本情况" }).click();
      await page.getByRole("textbox", { name: /^电话/ }).fill("138000");
      await page.getByRole("button", { name: "交给平台" }).click();
      await expect(page.getByRole("alert")).toContainText("电话号码应为11位手机号");
      await expectUsable(page, `${look}-correction`);
      await page.getByRole("link", { name: /^退回/ }).click();
      await expectUsable(page, `${look}-inbox`);
      await page.getByRole("link", { name: "本机" }).click();
      await expectUsable(page, `${look}-device`);
      await page.getByRole("radio", { name: "English" }).check();
      await expect(page.getByRole("heading", { name: "This device" })).toBeVisible();
      await expectUsable(page, `${look}-english`);
      await page.getByRole("button", { name: "Lock" }).click();
      await expect(page.getByRole("button", { name: "Open" })).toBeVisible();
      await expectUsable(page, `${look}-locked`);
    });
  });
}

test("a visit can be recorded by the keyboard alone", async ({ page }) => {
  await enter(page);
  await page.getByRole("link", { name: "名单" }).focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("查找姓名").focus();
  await page.keyboard.type(PEOPLE.pages);
  await expect(page.locator(".card")).toHaveCount(1);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: PEOPLE.pages })).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: `探访 ${PEOPLE.pages}` })).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("radio", { name: "电话" })).toBeChecked();
});

test("the first load and the lists stay within their budgets", async ({ page }) => {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  const bytes = { all: 0 };
  session.on("Network.loadingFinished", ({ encodedDataLength }) => {
    bytes.all += encodedDataLength;
  });
  await page.goto(address());
  await expect(page.getByRole("button", { name: "登录" })).toBeVisible();
  const load = bytes.all;
  await enter(page);
  const people = await page.locator(".card").count();
  const first = await bytesOfList(page);
  await page.getByRole("link", { name: "本机" }).click();
  const answered = page.waitForResponse("**/graphql");
  await page.getByRole("button", { name: "现在更新名单" }).click();
  await (await answered).finished();
  await expect(page.getByText("名单更新于")).toBeVisible();
  const later = (await bytesOfList(page)) - first;
  console.log(`first load ${kB(load)} of 300 kB; first list ${kB(first)} of 1000 kB (${people} people); later list ${kB(later)}`);
  expect(load).toBeLessThan(300_000);
  expect(first).toBeLessThan(1_000_000);
  expect(later).toBeLessThan(first);
});

/** What the answers to the app's questions weighed on their way. */
async function bytesOfList(page: Page): Promise<number> {
  return page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .filter(({ name }) => name.endsWith("/graphql"))
      .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).transferSize, 0),
  );
}

function kB(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} kB`;
}

test("how soon the app can be used on a slow phone with a slow line", async ({ page }) => {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  await session.send("Network.enable");
  const line = { offline: false, latency: 100, downloadThroughput: 50_000, uploadThroughput: 50_000 };
  await session.send("Network.emulateNetworkConditions", line);
  const start = Date.now();
  const since = (from: number) => ((Date.now() - from) / 1000).toFixed(1);
  await page.goto(address(), { waitUntil: "commit" });
  // Typed before the app is there; it takes over what was typed.
  await page.getByLabel("用户名").fill("wangfang");
  const shown = since(start);
  const usable = page.getByRole("button", { name: "登录", exact: true });
  await expect(usable).toBeVisible();
  const first = since(start);
  await expect(page.getByLabel("用户名")).toHaveValue("wangfang");
  await page.getByLabel("密码", { exact: true }).fill("一串密码");
  await expect(usable).toBeEnabled();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const reloaded = Date.now();
  await page.reload({ waitUntil: "commit" });
  await expect(usable).toBeVisible();
  const again = since(reloaded);
  console.log(
    `4x slower CPU, 400 kbit/s: fields to type in after ${shown} s, the app after ${first} s, opened again after ${again} s`,
  );
});
