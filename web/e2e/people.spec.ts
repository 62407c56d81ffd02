import { expect, type Page, test } from "@playwright/test";
import { dayFromNow, enter, handIn, item, lookUp } from "./app.ts";
import { Hub } from "./hub.ts";
import { PEOPLE, residentId } from "./seed.ts";

// A request that a service worker passes on is out of a test's reach.
test.use({ serviceWorkers: "block" });

interface OnRecord {
  id: string;
  version: number;
  name: string;
  phone: string;
  address: string;
  household: { version: number; members: { nodes: { name: string; householdRelation: string }[] } } | null;
}

/** Somebody as the record has them. */
async function onRecord(name: string): Promise<OnRecord> {
  const query = `query ($name: String!) { persons(filter: { namePrefix: $name }) { nodes {
    id version name phone address
    household { version members(first: 200) { nodes { name householdRelation } } } } } }`;
  const { persons } = await Hub.ofTests().ask<{ persons: { nodes: OnRecord[] } }>(query, { name });
  const [found] = persons.nodes;
  if (!found) throw new Error(`nobody is called ${name}`);
  return found;
}

/** Those of the household of somebody, with their relation to its head. */
async function membersWith(name: string) {
  const { household } = await onRecord(name);
  const nodes = household?.members.nodes ?? [];
  return nodes.map((member) => `${member.name} ${member.householdRelation}`).sort();
}

async function pick(page: Page, name: string, relation: string) {
  await page.getByLabel("从名单中找成员").fill(name);
  await page.getByRole("button", { name: `加入 ${name}` }).click();
  await page.getByRole("group", { name }).getByLabel("与户主的关系").fill(relation);
}

test("a household is registered and changed without a signal, and killed in the middle loses nothing", async ({ page, context }) => {
  await enter(page);
  await context.setOffline(true);
  await lookUp(page, PEOPLE.head);
  await page.getByRole("button", { name: "登记家庭" }).click();
  await pick(page, PEOPLE.member, "配偶");
  await page.getByRole("button", { name: "加入名单外的成员" }).click();
  const other = page.getByRole("group", { name: "第 2 位成员" });
  await page.getByRole("button", { name: "交给平台" }).click();
  await expect(page.getByRole("alert")).toContainText("没有填写姓名");
  await expect(page.getByRole("alert")).toContainText("没有选择村（社区）");
  await expect(other.getByLabel("姓名")).toHaveAttribute("aria-invalid", "true");
  await other.getByLabel("姓名").fill("潘小满");
  const child = page.getByRole("group", { name: "潘小满" });
  await child.getByLabel("没有身份证号的原因").selectOption({ index: 1 });
  await child.getByLabel("村（社区）").selectOption({ index: 1 });
  await child.getByLabel("与户主的关系").fill("孙子女");
  await expect(page.getByText("草稿已存在本机")).toBeVisible();

  const draft = page.url();
  await page.close();
  page = await context.newPage();
  await context.setOffline(false);
  await page.goto(draft);
  await context.setOffline(true);
  await page.getByLabel("PIN（6 位数字）").fill("274913");
  await page.getByRole("button", { name: "打开" }).click();
  await expect(page.getByRole("group", { name: "潘小满" }).getByLabel("与户主的关系")).toHaveValue("孙子女");
  await handIn(page);
  await context.setOffline(false);
  await expect(item(page, PEOPLE.head, "家庭")).toContainText("已入库");
  expect(await membersWith(PEOPLE.head)).toEqual(
    [`${PEOPLE.head} 户主`, `${PEOPLE.member} 配偶`, "潘小满 孙子女"].sort(),
  );

  // The list came anew with the receipt, so the household is changed on its newest version.
  await lookUp(page, PEOPLE.member);
  await page.getByRole("button", { name: "变更家庭成员" }).click();
  await page.getByRole("button", { name: `把${PEOPLE.member}移出本户` }).click();
  await handIn(page);
  await expect(item(page, PEOPLE.head, "家庭").first()).toContainText("已入库");
  await expect.poll(() => membersWith(PEOPLE.head)).toEqual([`${PEOPLE.head} 户主`, "潘小满 孙子女"].sort());
  expect(await membersWith(PEOPLE.member)).toEqual([]);
});

test("a correction made on an older version is refused, shown beside the newer one, and sent on it", async ({ page, context }) => {
  await enter(page);
  const { id, version } = await onRecord(PEOPLE.corrected);
  await context.setOffline(true);
  await lookUp(page, PEOPLE.corrected);
  await page.getByRole("button", { name: "更正基本情况" }).click();
  await page.getByRole("button", { name: "交给平台" }).click();
  await expect(page.getByRole("alert")).toContainText("还没有改动");
  await page.getByRole("textbox", { name: /^电话/ }).fill("138000");
  await expect(page.getByRole("textbox", { name: /^电话/ })).toHaveAttribute("aria-invalid", "true");
  await page.getByRole("textbox", { name: /^电话/ }).fill("13900002000");
  await handIn(page);
  // Another client corrects the same person first.
  const values = { phone: "13900003000", address: "河东 9 号" };
  await Hub.ofTests().store([{ personCorrection: { personId: id, basedOn: version, values } }]);
  await context.setOffline(false);
  const refused = item(page, PEOPLE.corrected, "更正");
  await expect(refused).toContainText("没有入库，请改正");
  await expect(refused).toContainText("请查看最新记录");
  await refused.getByRole("button", { name: "改正" }).click();
  const phone = page.getByRole("row", { name: "电话" });
  await expect(phone).toContainText("13900002000");
  await expect(phone).toContainText("13900003000");
  // It cannot be handed in as it is.
  await page.getByRole("button", { name: "交给平台" }).click();
  await expect(page.getByRole("alert")).toContainText("请查看最新记录");
  await page.getByRole("button", { name: "在最新一版上保留我的改动" }).click();
  await expect(page.getByRole("alert")).toHaveCount(0);
  await expect(page.getByRole("textbox", { name: /^住址/ })).toHaveValue("河东 9 号");
  await handIn(page);
  await expect(item(page, PEOPLE.corrected, "更正")).toContainText("已入库");
  expect(await onRecord(PEOPLE.corrected)).toMatchObject({
    version: version + 2,
    phone: "13900002000",
    address: "河东 9 号",
  });
});

test("a household that someone else changed meanwhile loses nobody", async ({ page, context }) => {
  await enter(page);
  const head = await onRecord(PEOPLE.home);
  const inHub = (members: object[]) => ({ household: { head: { id: head.id }, members } });
  await Hub.ofTests().store([inHub([])]);
  await page.getByRole("link", { name: "本机" }).click();
  await page.getByRole("button", { name: "现在更新名单" }).click();
  await expect(page.getByText("正在更新名单")).toHaveCount(0);
  await lookUp(page, PEOPLE.home);
  await context.setOffline(true);
  await page.getByRole("button", { name: "变更家庭成员" }).click();
  await pick(page, PEOPLE.lodger, "亲属");
  await handIn(page);
  const born = { name: "鲁小满", noIdReason: "UNREGISTERED", village: "410802001001" };
  await Hub.ofTests().store([inHub([{ person: born, relation: "子女" }])]);
  await context.setOffline(false);
  const refused = item(page, PEOPLE.home, "家庭");
  await expect(refused).toContainText("没有入库，请改正");
  await refused.getByRole("button", { name: "改正" }).click();
  const members = page.getByRole("row", { name: "其他成员" });
  await expect(members).toContainText(`${PEOPLE.lodger}（亲属）`);
  await expect(members).toContainText("鲁小满（子女）");
  await page.getByRole("button", { name: "在最新一版上保留我的改动" }).click();
  await handIn(page);
  await expect(item(page, PEOPLE.home, "家庭")).toContainText("已入库");
  expect(await membersWith(PEOPLE.home)).toEqual(
    [`${PEOPLE.home} 户主`, `${PEOPLE.lodger} 亲属`, "鲁小满 子女"].sort(),
  );
});

test("a household of more than come with a person is changed whole, and takes as many as the hub does", async ({ page }) => {
  const { id } = await onRecord(PEOPLE.crowded);
  const others = Array.from({ length: 99 }, (_, i) => ({ name: `苗家${i + 1}号`, noIdReason: "UNREGISTERED", village: "410802001001" }));
  const members = others.map((person) => ({ person, relation: "亲属" }));
  await Hub.ofTests().store([{ household: { head: { id }, members } }]);
  await enter(page);
  await lookUp(page, PEOPLE.crowded);
  await page.getByRole("button", { name: "变更家庭成员" }).click();
  await expect(page.getByRole("button", { name: /移出本户$/ })).toHaveCount(99);
  await pick(page, PEOPLE.guest, "亲属");
  await expect(page.getByText("一户除户主外至多登记 100 人，已经满了")).toBeVisible();
  await expect(page.getByRole("button", { name: "加入名单外的成员" })).toHaveCount(0);
  await handIn(page);
  await expect(item(page, PEOPLE.crowded, "家庭")).toContainText("已入库");
  await expect.poll(async () => (await membersWith(PEOPLE.crowded)).length).toBe(101);
  expect(await membersWith(PEOPLE.guest)).toContain(`${PEOPLE.guest} 亲属`);
});

test("a new household of somebody who heads one already leads on to that one, with what was written", async ({ page }) => {
  await enter(page);
  await page.goto(`${page.url().split("#")[0]}#/people/new`);
  await page.getByRole("button", { name: "登记家庭" }).click();
  await page.getByLabel("姓名").fill(PEOPLE.cut);
  await page.getByRole("textbox", { name: "身份证号" }).fill(residentId(0));
  await page.getByRole("textbox", { name: /^电话/ }).fill("13800002222");
  await page.getByLabel("村（社区）").first().selectOption({ index: 1 });
  await page.getByLabel("村（社区）").last().selectOption({ index: 1 });
  await pick(page, PEOPLE.housed, "亲属");
  await handIn(page);
  const refused = item(page, PEOPLE.cut, "家庭");
  await expect(refused).toContainText("没有入库，请改正");
  await refused.getByRole("button", { name: "改正" }).click();
  await expect(page.getByText("已是一户的户主，那一户没有被改动")).toBeVisible();
  await expect(page.getByText(`如果“${PEOPLE.cut}”只是这一户的成员`)).toBeVisible();
  await page.getByRole("button", { name: `变更${PEOPLE.cut}一户（三组 7 号）` }).click();
  await expect(page.getByRole("group", { name: PEOPLE.housed }).getByLabel("与户主的关系")).toHaveValue("亲属");
  await handIn(page);
  await expect(item(page, PEOPLE.cut, "家庭")).toContainText("已入库");
  expect(await membersWith(PEOPLE.cut)).toEqual([`${PEOPLE.cut} 户主`, `${PEOPLE.housed} 亲属`].sort());
  expect(await onRecord(PEOPLE.cut), "what was written of the head too").toMatchObject({ phone: "13800002222" });
});

test("an entry that somebody else made meanwhile is not written over, and is gone on with from there", async ({ page, context }) => {
  await enter(page);
  await context.setOffline(true);
  await lookUp(page, PEOPLE.entered);
  await page.getByRole("button", { name: "登记到残疾人台账" }).click();
  await page.getByLabel("备注").fill("我写的备注");
  await handIn(page);
  const { id } = await onRecord(PEOPLE.entered);
  const theirs = { person: { id }, openedOn: dayFromNow(-3), risk: "HIGH", remark: "同事写的备注" };
  await Hub.ofTests().store([{ ledgerEntry: { ...theirs, detail: { disabled: { category: "VISUAL", grade: 2 } } } }]);
  await context.setOffline(false);
  const refused = item(page, PEOPLE.entered, "登记");
  await expect(refused).toContainText("没有入库，请改正");
  await refused.getByRole("button", { name: "改正" }).click();
  const remark = page.getByRole("row", { name: "备注" });
  await expect(remark).toContainText("我写的备注");
  await expect(remark).toContainText("同事写的备注");
  await page.getByRole("button", { name: "在最新一版上保留我的改动" }).click();
  await expect(page.getByLabel("建档日期")).toHaveValue(dayFromNow(-3));
  await handIn(page);
  await expect(item(page, PEOPLE.entered, "登记")).toContainText("已入库");
  expect(await disabledOf(PEOPLE.entered)).toEqual([
    { version: 2, risk: "HIGH", remark: "我写的备注", category: "VISUAL", grade: 2 },
  ]);
});

/** The entries of somebody in the ledger of the disabled. */
async function disabledOf(name: string): Promise<object[]> {
  const query = `query ($name: String!) { persons(filter: { namePrefix: $name }) { nodes {
    ledgerEntries(filter: { kinds: [DISABLED] }, first: 5) { nodes {
      ... on DisabledEntry { version risk remark category grade } } } } } }`;
  type Answer = { persons: { nodes: { ledgerEntries: { nodes: object[] } }[] } };
  const { persons } = await Hub.ofTests().ask<Answer>(query, { name });
  return persons.nodes.flatMap(({ ledgerEntries }) => ledgerEntries.nodes);
}
