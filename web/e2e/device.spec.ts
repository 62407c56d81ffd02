import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { address, choosePin, dayFromNow, enter, handIn, item, unlock, write } from "./app.ts";
import { Hub } from "./hub.ts";
import { Killable, texts } from "./killable.ts";
import { PEOPLE, residentId } from "./seed.ts";

const hub = () => Hub.ofTests();

test("a wrong PIN opens nothing, and too many clear the device", async ({ page }) => {
  await enter(page);
  await page.reload();
  await unlock(page, "905162");
  await expect(page.getByRole("alert")).toContainText("还可以试 7 次");
  await unlock(page);
  await expect(page.getByRole("heading", { name: "今日应访" })).toBeVisible();
  await page.reload();
  for (let left = 7; left > 0; left--) {
    await unlock(page, "905162");
    await expect(page.getByRole("alert")).toContainText(`还可以试 ${left} 次`);
  }
  await unlock(page, "905162");
  await expect(page.getByRole("alert")).toContainText("本机的数据已经清除");
  const rows = await page.evaluate(async () => {
    const open = indexedDB.open("nuanyang-station");
    await new Promise((done) => open.addEventListener("success", done));
    const names = [...open.result.objectStoreNames];
    const counts = names.map((name) => open.result.transaction(name).objectStore(name).count());
    await Promise.all(counts.map((count) => new Promise((done) => count.addEventListener("success", done))));
    return counts.reduce((sum, count) => sum + count.result, 0);
  });
  expect(rows).toBe(0);
});

test("a browser that is killed loses neither the draft nor the outbox, and doubles nothing", async () => {
  const dir = mkdtempSync(join(tmpdir(), "nuanyang-browser-"));
  try {
    const first = await Killable.start(dir);
    await enter(first.page);
    await first.page.context().setOffline(true);
    await write(first.page, PEOPLE.killed, "关机前交的");
    await handIn(first.page);
    await write(first.page, PEOPLE.pages, "写到一半");
    await expect(first.page.getByText("草稿已存在本机")).toBeVisible();
    await first.kill();
    expect(texts(dir)).not.toContain("关机前交的");

    const second = await Killable.start(dir);
    await second.page.goto(address());
    await unlock(second.page);
    await second.page.getByRole("navigation").getByRole("link", { name: /待发/ }).click();
    await expect(item(second.page, PEOPLE.killed)).toContainText("已入库");
    await item(second.page, PEOPLE.pages).click();
    await expect(second.page.getByLabel("生活状况")).toHaveValue("写到一半");
    expect(await hub().visitsTo(PEOPLE.killed)).toEqual(["关机前交的"]);
    await second.kill();
  } finally {
    for (const browser of Killable.alive) await browser.kill();
    rmSync(dir, { recursive: true, force: true });
  }
});

test("a locked app opens again, goes on sending, and is held by one window alone", async ({ page, context }) => {
  await enter(page);
  await context.setOffline(true);
  await write(page, PEOPLE.locked, "锁上前交的");
  await handIn(page);
  await page.getByRole("link", { name: "本机" }).click();
  await page.getByRole("button", { name: "锁上" }).click();
  await expect(page.getByRole("button", { name: "打开" })).toBeVisible();
  await context.setOffline(false);
  await expect.poll(() => hub().visitsTo(PEOPLE.locked)).toEqual(["锁上前交的"]);
  await unlock(page);
  await page.getByRole("link", { name: "待发", exact: true }).click();
  await expect(item(page, PEOPLE.locked)).toContainText("已入库");

  const other = await context.newPage();
  await other.goto(address());
  await unlock(other);
  await expect(other.getByRole("heading", { name: "今日应访" })).toBeVisible();
  await expect(page.getByRole("button", { name: "打开" })).toBeVisible();
});

test("the app opens, finds people and takes visits without a signal", async ({ page, context }) => {
  await enter(page);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.reload();
  await context.setOffline(true);
  await page.reload();
  await unlock(page);
  await page.getByRole("link", { name: "名单" }).click();
  await page.getByLabel("查找姓名").fill("cxm");
  await expect(page.locator(".card")).toHaveCount(1);
  await expect(page.locator(".card")).toContainText(PEOPLE.pages);
});

test("whoever leaves the station's ledgers leaves the device", async ({ page }) => {
  await enter(page);
  await page.getByRole("link", { name: "名单" }).click();
  await page.getByLabel("查找姓名").fill(PEOPLE.gone);
  await expect(page.locator(".card")).toHaveCount(1);
  const i = Object.keys(PEOPLE).indexOf("gone");
  const closedOn = dayFromNow(0);
  const person = { name: PEOPLE.gone, residentId: residentId(i) };
  await hub().store([{ ledgerClosure: { person, kind: "ELDERLY", closedOn, reason: "MOVED_AWAY" } }]);
  await page.getByRole("link", { name: "本机" }).click();
  await page.getByRole("button", { name: "现在更新名单" }).click();
  await page.getByRole("link", { name: "名单" }).click();
  await page.getByLabel("查找姓名").fill(PEOPLE.gone);
  await expect(page.getByText("没有找到")).toBeVisible();
});

test("a first password is changed, and after the session ended sending goes on once signed in again", async ({ page, context }) => {
  const own = "河堤上的老槐树";
  const secret = `${own}-2026`;
  await page.goto(address());
  await page.getByLabel("用户名").fill("liqiang");
  await page.getByLabel("密码", { exact: true }).fill(process.env.HUB_PASSWORD ?? "");
  await page.getByRole("button", { name: "登录" }).click();
  await page.getByLabel("新密码").fill(secret);
  await page.getByRole("button", { name: "登录" }).click();
  await choosePin(page);

  await context.setOffline(true);
  await write(page, PEOPLE.signin, "登录到期前写的");
  await handIn(page);
  endSessions("liqiang");
  await context.setOffline(false);
  await expect(page.getByText("登录已到期，重新登录后继续发送")).toBeVisible();
  expect(await hub().visitsTo(PEOPLE.signin)).toEqual([]);
  await page.getByRole("link", { name: "重新登录" }).click();
  await page.getByLabel("用户名").fill("liqiang");
  await page.getByLabel("密码", { exact: true }).fill("不对的密码也只是一句话");
  await page.getByRole("button", { name: "登录" }).click();
  await expect(page.getByRole("alert")).toContainText("登录没有成功");
  await page.getByLabel("密码", { exact: true }).fill(secret);
  await page.getByRole("button", { name: "登录" }).click();
  await expect(item(page, PEOPLE.signin)).toContainText("已入库");
  expect(await hub().visitsTo(PEOPLE.signin)).toEqual(["登录到期前写的"]);
});

/** Closing an account ends its sessions; opened again, it has none. */
function endSessions(username: string) {
  const database = ["--database", process.env.HUB_DATABASE ?? ""];
  for (const what of ["close", "open"]) {
    execFileSync(process.env.HUB_BINARY ?? "", ["account", what, username, ...database]);
  }
}
