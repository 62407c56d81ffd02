import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { device } from "../src/station/device/device";
import { database, type Account } from "../src/station/device/store";
import { markOf, NO_ORDERS, type Orders } from "../src/station/hub/session";

const account: Account = { username: "wangfang", name: "王芳", station: { code: "S", name: "站" }, token: "nyt_1" };
const PIN = "274913";

/** What the hub tells of orders, and by which marks it was asked. */
let told: Orders;
let asked: string[];

beforeEach(() => {
  told = NO_ORDERS;
  asked = [];
  vi.stubGlobal("fetch", async (_: string, init: RequestInit) => {
    asked.push((JSON.parse(String(init.body)) as { mark: string }).mark);
    return Response.json(told);
  });
});

afterEach(async () => {
  await device.wipe();
  vi.unstubAllGlobals();
});

test("what stood before a device signed in is not for it, and a later order is", async () => {
  told = { atOnce: "2026-11-01T00:00:00Z", afterSending: "2026-11-02T00:00:00Z" };
  await device.found(PIN, account, told);
  expect(await device.obey()).toBe(false);
  expect(device.get().state).toBe("open");
  told = { ...told, afterSending: "2026-11-03T00:00:00Z" };
  expect(await device.obey()).toBe(true);
  expect(device.get().state).toBe("open");
});

test("an order at once clears a device that is locked, by a mark that is not its token", async () => {
  await device.found(PIN, account, NO_ORDERS);
  device.lock();
  told = { atOnce: "2026-11-03T00:00:00Z", afterSending: null };
  await device.load();
  expect(device.get()).toEqual({ state: "new", wiped: "order" });
  expect(await database.vault.count()).toBe(0);
  expect(asked).toEqual([await markOf(account.token)]);
  expect(asked[0]).not.toContain(account.token);
});

test("signing in again on the device lets no order be missed", async () => {
  await device.found(PIN, account, NO_ORDERS);
  told = { atOnce: null, afterSending: "2026-11-03T00:00:00Z" };
  await device.renew("nyt_2");
  expect(await device.obey()).toBe(true);
  expect(asked).toEqual([await markOf("nyt_2")]);
});

test("a hub that is not reached orders nothing", async () => {
  await device.found(PIN, account, NO_ORDERS);
  device.lock();
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no line")));
  await device.load();
  expect(device.get()).toEqual({ state: "locked", wrong: 0 });
});

test("a device that lost its mark, but has a vault, is not begun anew", async () => {
  await device.found(PIN, account, NO_ORDERS);
  device.lock();
  localStorage.removeItem("nuanyang.device");
  await device.found("905162", { ...account, username: "liqiang" }, NO_ORDERS);
  expect(device.get()).toEqual({ state: "locked", wrong: 0 });
  expect(localStorage.getItem("nuanyang.device")).toBe("yes");
  await device.unlock(PIN);
  expect(device.get()).toMatchObject({ state: "open", account: { username: "wangfang" } });
}, 30_000);
