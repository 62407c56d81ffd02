import { expect, type Page, test } from "@playwright/test";
import { choosePin, address, handIn, item, PIN, unlock, write } from "./app.ts";
import { account } from "./desk.ts";
import { Hub, STATION } from "./hub.ts";
import { PEOPLE } from "./seed.ts";

// A request that a service worker passes on is out of a test's reach.
test.use({ serviceWorkers: "block" });

/** Signs a new account in on this device, by the token it was given. */
async function enterAs(page: Page, username: string, role: string): Promise<string> {
  const token = account("add", username, "--name", `${username} 的人`, "--role", role, "--station", STATION);
  await page.goto(address());
  await page.getByRole("radio", { name: "访问令牌" }).check();
  await page.getByLabel("访问令牌（以 nyt_ 开头）").fill(token);
  await page.getByRole("button", { name: "登录", exact: true }).click();
  await choosePin(page);
  return token;
}

async function rowsKept(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const open = indexedDB.open("nuanyang-station");
    await new Promise((done) => open.addEventListener("success", done));
    const names = [...open.result.objectStoreNames];
    const counts = names.map((name) => open.result.transaction(name).objectStore(name).count());
    await Promise.all(counts.map((count) => new Promise((done) => count.addEventListener("success", done))));
    return counts.reduce((sum, count) => sum + count.result, 0);
  });
}

test("a lead orders a device cleared at once, and it obeys at its next contact, though it is locked", async ({ page, browser }) => {
  await enterAs(page, "lost-phone", "station-worker");
  await page.getByRole("link", { name: "本机" }).click();
  await page.getByRole("button", { name: "锁上" }).click();
  await expect(page.getByRole("button", { name: "打开" })).toBeVisible();

  const context = await browser.newContext({ locale: "zh-CN", timezoneId: "Asia/Shanghai" });
  const lead = await context.newPage();
  await enterAs(lead, "lead-clears", "station-lead");
  await lead.getByRole("link", { name: "本机" }).click();
  await lead.getByRole("button", { name: "选择账户" }).click();
  lead.on("dialog", (dialog) => void dialog.accept());
  await lead.getByRole("button", { name: "lost-phone 的人 立即清除" }).click();
  await expect(lead.getByText(/命令立即清除/)).toBeVisible();
  // The order is not for the lead's own device.
  await lead.reload();
  await unlock(lead);
  await expect(lead.getByRole("heading", { name: "本机" })).toBeVisible();
  await context.close();

  await page.reload();
  await expect(page.getByRole("alert")).toContainText("按命令，本机的数据已经清除");
  expect(await rowsKept(page)).toBe(0);
  await page.reload();
  await expect(page.getByRole("button", { name: "登录", exact: true })).toBeVisible();
});

test("an order that lets it send first is obeyed once all is sent, and tells what is left", async ({ page, context }) => {
  const token = await enterAs(page, "handed-on", "station-worker");
  await context.setOffline(true);
  await write(page, PEOPLE.cleared, "交还设备前写的");
  await handIn(page);
  await write(page, PEOPLE.pages, "没有写完的");
  await expect(page.getByText("草稿已存在本机")).toBeVisible();
  const own = new Hub(Hub.ofTests().url, token);
  await own.ask(`mutation { clearDevices(username: "handed-on", sendFirst: true) { username } }`);
  await context.setOffline(false);
  const notice = page.getByText("已命令清除本机");
  await expect(notice).toContainText("还有 1 份未发送");
  expect(await Hub.ofTests().visitsTo(PEOPLE.cleared)).toEqual(["交还设备前写的"]);
  await page.getByRole("link", { name: /^待发/ }).click();
  await expect(item(page, PEOPLE.cleared)).toContainText("已入库");
  page.once("dialog", (dialog) => void dialog.accept());
  await page.getByRole("link", { name: `探访 ${PEOPLE.pages}` }).click();
  await page.getByRole("button", { name: "删除草稿" }).click();
  await expect(page.getByRole("alert")).toContainText("按命令，本机的数据已经清除");
  expect(await rowsKept(page)).toBe(0);

  // Signed in again, the same order is not for it.
  await page.getByRole("radio", { name: "访问令牌" }).check();
  await page.getByLabel("访问令牌（以 nyt_ 开头）").fill(token);
  await page.getByRole("button", { name: "登录", exact: true }).click();
  await choosePin(page);
  await page.reload();
  await unlock(page, PIN);
  await expect(page.getByText("名单更新于")).toBeVisible();
});

test("what the hub answers after a device was cleared is not kept on it", async ({ page }) => {
  await enterAs(page, "cleared-midway", "station-worker");
  let answer = () => {};
  const held = new Promise<void>((go) => (answer = go));
  await page.route("**/graphql", async (route) => {
    const isIndex = route.request().postData()?.includes("CaseIndex");
    const response = await route.fetch();
    if (isIndex) await held;
    await route.fulfill({ response });
  });
  const asked = page.waitForRequest((request) => !!request.postData()?.includes("CaseIndex"));
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await asked;
  await page.getByRole("link", { name: "本机" }).click();
  page.once("dialog", (dialog) => void dialog.accept());
  await page.getByRole("button", { name: "清除本机数据" }).click();
  await expect(page.getByRole("button", { name: "登录", exact: true })).toBeVisible();
  const told = page.waitForResponse((response) => !!response.request().postData()?.includes("CaseIndex"));
  answer();
  await told;
  await page.waitForTimeout(1000);
  expect(await rowsKept(page)).toBe(0);
});
