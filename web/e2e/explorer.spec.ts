import { expect, type Page, test } from "@playwright/test";
import { account, desk, expectUsable, newOfficer, type Session, signInFirst, strange } from "./desk.ts";
import { Hub, STATION } from "./hub.ts";

let session: Session;

test.beforeAll(async ({ browser }, { workerIndex }) => {
  session = await newOfficer(browser, `sunmin-explorer-${workerIndex}`);
});

test.use({
  viewport: { width: 1440, height: 900 },
  storageState: async ({}, use) => {
    await use(session);
  },
});

const explorer = () => `${Hub.ofTests().url}/`;

const QUERY = "query One($code: String!) { station(code: $code) { name } }";

/** The panel of saved questions, opened. */
async function panel(page: Page) {
  await page.getByRole("button", { name: "打开保存的查询" }).click();
  await expect(page.getByRole("heading", { name: "保存的查询" })).toBeVisible();
  return page.locator(".saved");
}

/** Writes into an editor in place of what is there. */
async function write(page: Page, editor: string, text: string) {
  await page.locator(editor).click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(text);
}

const variables = (page: Page) => page.locator(".graphiql-editor-tool .graphiql-editor:not(.hidden)");

async function runs(page: Page, answer: string) {
  // The editor takes a moment to see which operation is in it now.
  await expect(async () => {
    await page.getByRole("button", { name: /^执行/ }).click();
    await expect(page.locator(".result-window")).toContainText(answer, { timeout: 2_000 });
  }).toPass();
}

/** Saves the query with its variables under a name. */
async function save(page: Page, name: string) {
  await page.goto(explorer());
  await expect(page.locator(".graphiql-query-editor .view-line").first()).toBeVisible();
  await write(page, ".graphiql-query-editor", QUERY);
  await write(page, ".graphiql-editor-tool .graphiql-editor:not(.hidden)", `{ "code": "${STATION}" }`);
  const saved = await panel(page);
  await saved.getByLabel("名称", { exact: true }).fill(name);
  await saved.getByRole("button", { name: "保存这个查询" }).click();
  await expect(saved.getByText(`已保存“${name}”。`)).toBeVisible();
}

test("what is in the editor is saved with its variables, and opened again", async ({ page }) => {
  await save(page, "一个站的名称");
  // What is about it is GraphiQL's own.
  await expectUsable(page, "explorer-saved", ".saved");
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  await expect(page.locator(".graphiql-query-editor .view-line").first()).toBeVisible();
  const saved = await panel(page);
  await saved.getByRole("button", { name: "一个站的名称" }).click();
  await expect(page.locator(".graphiql-query-editor")).toContainText("query One");
  await expect(variables(page)).toContainText(STATION);
  await runs(page, "民生街道社会工作服务站");

  await write(page, ".graphiql-editor-tool .graphiql-editor:not(.hidden)", "[1]");
  await saved.getByLabel("名称", { exact: true }).fill("变量有误");
  await saved.getByRole("button", { name: "保存这个查询" }).click();
  await expect(saved.getByRole("alert")).toContainText("变量不是 JSON 对象，没有保存");
  await expect(saved.getByRole("button", { name: "变量有误" })).toHaveCount(0);
});

test("a link from the desk opens in the editor, for whoever it is shared with", async ({ page, browser }) => {
  await save(page, "共享一个站");
  await page.getByRole("link", { name: "管理 共享一个站" }).click();
  await expect(page.getByRole("heading", { name: "共享一个站" })).toBeVisible();
  await page.getByRole("checkbox", { name: "凭链接可打开" }).click();
  const link = await page.getByLabel("链接", { exact: true }).inputValue();
  await expect(page.getByText("业务台不能统计")).toBeVisible();
  await page.getByRole("link", { name: "在查询页面打开" }).click();
  await expect(page.locator(".graphiql-query-editor")).toContainText("query One");

  account("add", "analyst-explorer", "--name", "何静", "--role", "analyst");
  const other = await strange(browser);
  await other.goto(explorer());
  const shared = await panel(other);
  await expect(shared.getByRole("alert")).toContainText("还没有登录");
  await signInFirst(other, "analyst-explorer", "湖边的芦苇荡-2026-秋");
  await expect(other.getByRole("link", { name: "自助统计" })).toBeVisible();
  await other.goto(explorer());
  await expect(shared.getByText("还没有保存的查询")).toBeVisible();
  await shared.getByLabel("共享的链接").fill(link.slice(0, -1));
  await expect(shared.getByText("链接里没有查询的编号")).toBeVisible();
  await shared.getByLabel("共享的链接").fill(link);
  await shared.getByRole("button", { name: "打开", exact: true }).click();
  await expect(other.locator(".graphiql-query-editor")).toContainText("query One");
  await expect(variables(other)).toContainText(STATION);
  await runs(other, "民生街道社会工作服务站");
  await other.context().close();
});

test("a question of the desk is opened from its page, and one that is gone says so", async ({ page }) => {
  await page.goto(desk("ask/of=NEEDS&measures=COUNT&by=DOMAIN"));
  const saved = page.getByRole("region", { name: "保存的查询" });
  await saved.getByLabel("名称").fill("需求的领域");
  await saved.getByRole("button", { name: "保存这个查询" }).click();
  await saved.getByRole("link", { name: "需求的领域" }).click();
  await page.getByRole("link", { name: "在查询页面打开" }).click();
  await expect(page.locator(".graphiql-query-editor")).toContainText("by: [DOMAIN]");
  await runs(page, "HOUSING_REPAIR");
  await page.goto(`${explorer()}#/saved/0199f0c2-1111-7abc-8def-0123456789ab`);
  await expect(page.locator("#bar").getByRole("alert")).toContainText("没有这个查询，或保存它的人没有共享");
});

test("beside what is in the editor stands its price, and why it cannot be asked", async ({ page }) => {
  await page.goto(explorer());
  await expect(page.locator(".graphiql-query-editor .view-line").first()).toBeVisible();
  const price = page.getByRole("status").filter({ hasText: "这样查" });
  await write(page, ".graphiql-query-editor", "query P { visits(first: 1) { nodes { id } } }");
  await expect(price).toHaveText("这样查的价格是 3，上限 200,000");
  await write(page, ".graphiql-query-editor", "query P { visits(first: 100) { nodes { id person { visits(first: 100) { nodes { id } } } } } }");
  await expect(price).toHaveText(/^这样查的价格是 \d\d,\d{3}，/);
  await write(page, ".graphiql-query-editor", "query P { visits(first: 200) { nodes { person { visits(first: 200) { nodes { person { visits(first: 200) { nodes { id } } } } } } } } }");
  await expect(price).toContainText("这样查不行：");
  await expectUsable(page, "explorer-bar", "#bar");
});
