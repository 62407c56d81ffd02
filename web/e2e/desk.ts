import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, type BrowserContextOptions, expect, type Page } from "@playwright/test";
import { Hub } from "./hub.ts";

export const desk = (place = "") => `${Hub.ofTests().url}/desk/#/${place}`;

const OWN_PASSWORD = "河堤上的老柳树-2026";

export type Session = Awaited<ReturnType<BrowserContext["storageState"]>>;

/** Makes an officer of a county or the city, who signs in for the first time: own password, second factor. */
export async function newOfficer(browser: Browser, username: string, name = "孙敏", place = "410802"): Promise<Session> {
  account("add", username, "--name", name, "--role", "county-officer", "--county", place);
  const context = await browser.newContext();
  const page = await context.newPage();
  await signInFirst(page, username, OWN_PASSWORD);
  const secret = await page.locator("code.secret").innerText();
  await page.getByLabel("6 位数字").fill(codeOf(secret));
  await page.getByRole("button", { name: "确认" }).click();
  await expect(page.locator(".codes li")).toHaveCount(10);
  await page.getByRole("button", { name: "已抄好，进入业务台" }).click();
  await expect(page.getByRole("heading", { name: "总览" })).toBeVisible();
  const session = await context.storageState();
  await context.close();
  return session;
}

/** Signs in by the first password of an account, and sets one of its own. */
export async function signInFirst(page: Page, username: string, own: string) {
  const first = account("password", username).split(/\s/).at(-1) ?? "";
  await page.goto(desk());
  await page.getByLabel("用户名").fill(username);
  await page.getByLabel("密码", { exact: true }).fill(first);
  await page.getByRole("button", { name: "登录" }).click();
  await page.getByLabel("新密码").fill(own);
  await page.getByRole("button", { name: "登录" }).click();
}

/** A browser of somebody who is not signed in yet. */
export async function strange(browser: Browser, more: BrowserContextOptions = {}): Promise<Page> {
  return (await browser.newContext({ ...more, storageState: { cookies: [], origins: [] } })).newPage();
}

export function account(...args: string[]): string {
  const command = ["account", ...args, "--database", process.env.HUB_DATABASE ?? ""];
  return execFileSync(process.env.HUB_BINARY ?? "", command, { encoding: "utf8" }).trim();
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** The code of an authenticator now (RFC 6238). */
function codeOf(secret: string): string {
  const bits = [...secret.replaceAll(" ", "")].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, "0"));
  const bytes = bits.join("").match(/.{8}/g) ?? [];
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac("sha1", Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)))).update(step).digest();
  const from = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(from) & 0x7fff_ffff) % 1_000_000).padStart(6, "0");
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * Nothing that axe knows to look for keeps anybody from using the page, or a part of it, nor does it scroll
 * sideways.
 */
export async function expectUsable(page: Page, name: string, part = "html") {
  await page.evaluate(axe);
  const found = await page.evaluate(async (part) => {
    const { violations } = await (window as unknown as { axe: { run(part: string): Promise<Found> } }).axe.run(part);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
  }, part);
  expect(found, name).toEqual([]);
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(beyond, `${name} is wider than the window`).toBeLessThanOrEqual(0);
  if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/${name}.png` });
}

interface Found {
  violations: { id: string; nodes: { target: string[] }[] }[];
}
