import { expect, type Page, test } from "@playwright/test";
import { account, desk, expectUsable, newOfficer, type Session, signInFirst, strange } from "./desk.ts";
import { Hub, STATION } from "./hub.ts";
import { residentId } from "./seed.ts";

const hub = () => Hub.ofTests();

let session: Session;

test.beforeAll(async ({ browser }, { workerIndex }) => {
  session = await newOfficer(browser, `sunmin-${workerIndex}`);
});

test.use({
  viewport: { width: 1440, height: 900 },
  storageState: async ({}, use) => {
    await use(session);
  },
});

/** Made-up people whom no other test has. */
const NEW = "孔新荣";
const KNOWN = "曹似菊";
const WRONG = "严误生";

async function villageOfStation(): Promise<string> {
  const query = `query ($code: String!) {
    station(code: $code) { division { children(first: 1) { nodes { code name } } } } }`;
  type Answer = { station: { division: { children: { nodes: { name: string }[] } } } };
  const { station } = await hub().ask<Answer>(query, { code: STATION });
  return station.division.children.nodes[0]?.name ?? "";
}

async function entriesOf(name: string): Promise<number> {
  const query = "query ($name: String!) { persons(filter: { namePrefix: $name }) { nodes { id } } }";
  const { persons } = await hub().ask<{ persons: { nodes: object[] } }>(query, { name });
  return persons.nodes.length;
}

/** A ledger of the elderly: somebody new, somebody who looks like one on record, and a wrong number. */
function ledger(village: string): { name: string; mimeType: string; buffer: Buffer } {
  const line = (name: string, id: string, house: number) =>
    `${name},${id},${village},前街 ${house} 号,独居,高,2026.3.1`;
  const lines = [
    "姓名,身份证号,村居,家庭住址,居住状况,风险等级,建档日期",
    line(NEW, residentId(401), 1),
    line(KNOWN, residentId(402), 2),
    line(WRONG, `${residentId(403).slice(0, 17)}?`, 3),
  ];
  return { name: "老年人台账.csv", mimeType: "text/csv", buffer: Buffer.from(`\uFEFF${lines.join("\r\n")}`) };
}

/** Somebody on record without a number, born on the day that the number in the ledger has. */
async function storeKnown(village: string) {
  const people = "query ($code: String!) { station(code: $code) { division { children(first: 1) { nodes { code } } } } }";
  type Answer = { station: { division: { children: { nodes: { code: string }[] } } } };
  const { station } = await hub().ask<Answer>(people, { code: STATION });
  const code = station.division.children.nodes[0]?.code;
  expect(village).not.toBe("");
  const person = { name: KNOWN, noIdReason: "LOST", birthDate: "1945-01-01", village: code };
  await hub().store([{ ledgerEntry: { person, openedOn: "2026-01-05", detail: { elderly: {} } } }]);
}

async function chooseStation(page: Page) {
  await page.goto(desk("imports"));
  await page.getByLabel("社工站").selectOption(STATION);
}

/** The row of the workbook that has this number. */
const row = (page: Page, number: number) =>
  page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: String(number), exact: true }) });

test("an officer looks at a workbook, records what is good of it, takes it back and puts it back", async ({ page }) => {
  const village = await villageOfStation();
  await storeKnown(village);
  await chooseStation(page);
  await page.locator("input[type=file]").setInputFiles(ledger(village));

  await expect(page.getByRole("heading", { name: "老年人台账.csv" })).toBeVisible();
  await expect(row(page, 2)).toContainText("新增");
  await expect(row(page, 2)).toContainText(/建档日期.*2026\.3\.1.*→.*2026-03-01/);
  await expect(row(page, 3)).toContainText("疑为已登记的人");
  await expect(row(page, 3)).toContainText(KNOWN);
  await expect(row(page, 3).getByRole("link", { name: KNOWN })).toHaveAttribute("href", /^#\/person\//);
  await expect(row(page, 4)).toContainText("不予入库");
  await expect(row(page, 4)).toContainText("身份证号");
  expect(await entriesOf(NEW)).toBe(0);

  await page.getByRole("button", { name: /^不予入库/ }).click();
  await expect(page.getByRole("rowheader")).toHaveCount(1);
  await page.getByRole("button", { name: /^全部/ }).click();
  await expect(page.getByRole("button", { name: "入库 1 行" })).toBeVisible();
  await page.getByLabel("不是同一人，这一行也入库").check();
  await page.getByRole("button", { name: "入库 2 行" }).click();
  await expect(page.getByText("已入库。发现交错了，可以整份撤销。")).toBeVisible();
  await expect(row(page, 2)).toContainText("已入库");
  expect([await entriesOf(NEW), await entriesOf(KNOWN), await entriesOf(WRONG)]).toEqual([1, 2, 0]);

  const taken = page.waitForEvent("download");
  await page.getByRole("link", { name: "取回写有处理结果的表格" }).click();
  expect((await taken).suggestedFilename()).toBe("老年人台账.csv.xlsx");

  await page.getByRole("button", { name: "撤销这次导入" }).click();
  await page.getByRole("button", { name: "不撤销" }).click();
  await page.getByRole("button", { name: "撤销这次导入" }).click();
  await page.getByRole("button", { name: "确认撤销" }).click();
  await expect(page.getByText("已撤销：这份表格写入的内容都已收回。")).toBeVisible();
  await expect(row(page, 2)).toContainText("已撤销");
  expect([await entriesOf(NEW), await entriesOf(KNOWN)]).toEqual([0, 1]);

  await page.getByRole("button", { name: "恢复这次导入" }).click();
  await expect(page.getByText("已入库。发现交错了，可以整份撤销。")).toBeVisible();
  expect([await entriesOf(NEW), await entriesOf(KNOWN)]).toEqual([1, 2]);
  await page.getByRole("link", { name: "返回导入列表" }).click();
  await expect(page.getByRole("row").filter({ hasText: "老年人台账.csv" }).first()).toContainText("已入库");
});

test("a refused cell is corrected in place, and its row is taken in", async ({ page }) => {
  const village = await villageOfStation();
  await chooseStation(page);
  await page.locator("input[type=file]").setInputFiles({ ...ledger(village), name: "老年人台账更正.csv" });
  await expect(row(page, 4)).toContainText("不予入库");
  const cell = page.getByLabel("更正 B4（身份证号）");
  await expect(cell).toHaveValue(`${residentId(403).slice(0, 17)}?`);
  await cell.fill(residentId(403));
  await page.getByRole("button", { name: "放弃更正" }).click();
  await expect(cell).toHaveValue(`${residentId(403).slice(0, 17)}?`);
  await cell.fill(residentId(403));
  await expect(page.getByText("更正了 1 个单元格")).toBeVisible();
  await page.getByRole("button", { name: "按更正重新预览" }).click();

  await expect(row(page, 4)).toContainText("新增");
  await expect(page.getByLabel(/^更正 B4/)).toHaveCount(0);
  await page.getByText(/^读取时的情况/).click();
  await expect(page.getByText(`就地更正 老年人台账更正!B4：${residentId(403).slice(0, 17)}? → ${residentId(403)}`)).toBeVisible();
  await page.getByRole("button", { name: /^入库/ }).click();
  await expect(page.getByText("已入库。发现交错了，可以整份撤销。")).toBeVisible();
  expect(await entriesOf(WRONG)).toBe(1);
});

test("what is no workbook is refused, with why, and nothing is kept of it", async ({ page }) => {
  await chooseStation(page);
  const file = (name: string, text: string) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) });
  await page.locator("input[type=file]").setInputFiles(file("网页.xls", "<html><table></table></html>"));
  await expect(page.getByRole("alert")).toContainText("什么都没有改变");
  await expect(page.getByRole("button", { name: "选择文件" })).toBeVisible();
  await expect(page.getByRole("link", { name: "网页.xls" })).toHaveCount(0);
  await page.locator("input[type=file]").setInputFiles(file("随记.csv", "今天下雨"));
  await expect(page.getByRole("alert")).toContainText("没有找到表格");
  await page.locator("input[type=file]").setInputFiles(file("表头.csv", "姓名,身份证号,探访日期,方式\n"));
  await expect(page.getByText("这份文件里没有读到行")).toBeVisible();
  await expect(page.getByRole("button", { name: /^入库/ })).toHaveCount(0);
});

test("rows past the first page come as one scrolls, each once and in order", async ({ page }) => {
  const village = await villageOfStation();
  const lines = Array.from({ length: 250 }, (_, i) => `某人${i},${residentId(1).slice(0, 17)}?,${village},2026.3.1`);
  const text = `\uFEFF姓名,身份证号,村居,建档日期,居住状况\r\n${lines.map((line) => `${line},独居`).join("\r\n")}`;
  await chooseStation(page);
  const file = { name: "老年人台账长表.csv", mimeType: "text/csv", buffer: Buffer.from(text) };
  await page.locator("input[type=file]").setInputFiles(file);
  await expect(page.getByRole("button", { name: "全部 250" })).toBeVisible();
  const shown = page.locator(".line:not(.top) .number");
  await expect(shown).toHaveCount(100);
  await expect(async () => {
    await page.keyboard.press("End");
    await expect(shown).toHaveCount(250, { timeout: 500 });
  }).toPass();
  expect((await shown.allTextContents()).map(Number)).toEqual(Array.from({ length: 250 }, (_, i) => i + 2));
});

test("a number opens the people it counts", async ({ page }) => {
  await page.goto(desk());
  const number = page.getByRole("link", { name: /^住房修缮 较急/ });
  const count = Number((await number.innerText()).replaceAll(",", ""));
  expect(count).toBeGreaterThan(0);
  await number.click();
  await expect(page.getByRole("heading", { name: "待解决的需求 · 住房修缮 · 较急" })).toBeFocused();
  await expect(page.locator("tbody tr")).toHaveCount(count);
  await expect(page.locator("tbody tr").first()).toContainText("民生街道");
});

test("on a day before anything was handed in, nothing is counted", async ({ page }) => {
  await page.goto(desk());
  await expect(page.getByRole("link", { name: /^住房修缮 较急/ })).toBeVisible();
  await page.getByLabel("截至").fill("2020-01-01");
  await expect(page.getByText("没有待解决的需求")).toBeVisible();
  await expect(page.getByText("没有在册的台账")).toBeVisible();
});

test("an analyst is let into no imports, and told what the hub does not tell", async ({ browser }) => {
  account("add", "analyst-desk", "--name", "何静", "--role", "analyst");
  const page = await strange(browser);
  await page.goto(desk());
  await page.getByLabel("用户名").fill("analyst-desk");
  await page.getByLabel("密码", { exact: true }).fill("不对的密码也只是一句话");
  await page.getByRole("button", { name: "登录" }).click();
  await expect(page.getByRole("alert")).toContainText("登录没有成功");
  await signInFirst(page, "analyst-desk", "湖边的芦苇荡-2026-秋");
  await expect(page.getByRole("heading", { name: "总览" })).toBeVisible();
  await expect(page.getByRole("link", { name: "表格导入" })).toHaveCount(0);
  await expect(page.getByRole("link", { name: "统计报表" })).toHaveCount(0);
  await expect(page.getByRole("region", { name: "社工站" })).toHaveCount(0);
  await page.goto(desk("imports"));
  await expect(page.getByText("本账户不能为任何社工站办理导入")).toBeVisible();
  await page.getByRole("button", { name: "退出" }).click();
  await expect(page.getByRole("heading", { name: "登录" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("heading", { name: "登录" })).toBeVisible();
  await page.context().close();
});

test("on paper is what one looked for, dark on light, and nothing to press", async ({ page }) => {
  await page.goto(desk());
  const number = page.getByRole("link", { name: /^住房修缮 较急/ });
  await expect(number).toBeVisible();
  await page.getByLabel("明暗").selectOption("dark");
  await page.emulateMedia({ media: "print" });
  await expect(number).toBeVisible();
  await expect(page.getByRole("navigation")).toBeHidden();
  await expect(page.getByLabel("截至")).toBeHidden();
  const looks = await page.evaluate(() => [
    getComputedStyle(document.documentElement).colorScheme,
    ...[...document.querySelectorAll(".scroller")].map((table) => getComputedStyle(table).overflowX),
  ]);
  expect(new Set(looks)).toEqual(new Set(["light", "visible"]));
});

const LOOKS = [
  { look: "phone-light", viewport: { width: 390, height: 844 }, colorScheme: "light" },
  { look: "wide-light", viewport: { width: 1440, height: 900 }, colorScheme: "light" },
  { look: "wide-dark", viewport: { width: 1440, height: 900 }, colorScheme: "dark" },
] as const;

for (const { look, viewport, colorScheme } of LOOKS) {
  test.describe(look, () => {
    test.use({ viewport, colorScheme });

    test(`every page of the desk can be used by everybody (${look})`, async ({ page, browser }) => {
      test.setTimeout(180_000);
      const gate = await strange(browser, { viewport, colorScheme });
      await gate.goto(desk());
      await expect(gate.getByRole("button", { name: "登录" })).toBeVisible();
      await expectUsable(gate, `desk-${look}-signin`);
      await gate.context().close();
      await page.goto(desk());
      await expect(page.getByRole("link", { name: /^住房修缮 较急/ })).toBeVisible();
      await expectUsable(page, `desk-${look}-overview`);
      await page.getByRole("link", { name: /^住房修缮 较急/ }).click();
      await expect(page.locator("tbody tr").first()).toBeVisible();
      await expectUsable(page, `desk-${look}-counted`);
      await page.goto(desk("ask/of=PERSONS&measures=COUNT&by=AGE_BAND,SEX"));
      for (const label of ["出生日期", "家庭经济类别", "由这些社工站服务，代码或 id"]) {
        await page.getByLabel("加一个条件").selectOption({ label });
      }
      await expect(page.locator("canvas")).toBeVisible();
      await page.locator("canvas").scrollIntoViewIfNeeded();
      await expectUsable(page, `desk-${look}-ask`);
      await page.getByRole("link", { name: "统计报表" }).click();
      await expect(page.locator(".statutory")).toBeVisible();
      await expectUsable(page, `desk-${look}-table`);
      await chooseStation(page);
      await expectUsable(page, `desk-${look}-imports`);
      await page.locator("input[type=file]").setInputFiles(ledger(await villageOfStation()));
      await expect(page.getByRole("rowheader").first()).toBeVisible();
      await expectUsable(page, `desk-${look}-import`);
      await page.getByRole("button", { name: "English" }).click();
      await expect(page.getByRole("link", { name: "Back to the imports" })).toBeVisible();
      await expect(row(page, 4)).toContainText("check the card");
      await expectUsable(page, `desk-${look}-english`);
    });
  });
}
