import { randomUUID } from "node:crypto";
import { expect, test } from "@playwright/test";
import { dayFromNow } from "./app.ts";
import { account, desk, expectUsable, newOfficer, type Session, signInFirst, strange } from "./desk.ts";
import { Hub, STATION } from "./hub.ts";

const hub = () => Hub.ofTests();

let session: Session;

test.beforeAll(async ({ browser }, { workerIndex }) => {
  session = await newOfficer(browser, `sunmin-review-${workerIndex}`);
});

test.use({
  viewport: { width: 1440, height: 900 },
  storageState: async ({}, use) => {
    await use(session);
  },
});

/** A made-up child whom no other test has. */
const CHILD = "梅小雨";
/** An old man likewise. */
const BACK = "梅老根";

async function villagesOf(): Promise<string[]> {
  const villages = `query ($code: String!) {
    station(code: $code) { division { children(first: 2) { nodes { code } } } } }`;
  type Villages = { station: { division: { children: { nodes: { code: string }[] } } } };
  const { station } = await hub().ask<Villages>(villages, { code: STATION });
  return station.division.children.nodes.map(({ code }) => code);
}

async function villageOf(): Promise<string | undefined> {
  return (await villagesOf())[0];
}

async function storeChild() {
  const person = { name: CHILD, noIdReason: "LOST", sex: "FEMALE", birthDate: "2017-07-07", village: await villageOf() };
  await hub().store([{ ledgerEntry: { person, openedOn: dayFromNow(-5), detail: { child: { kind: "ORPHAN" } } } }]);
}

test("what is recorded is on the overview at once, and what waits for the lead on the review", async ({ page, browser }) => {
  await page.goto(desk());
  const live = page.getByRole("region", { name: "刚刚入库" });
  await expect(live.getByRole("listitem").first()).toBeVisible();
  await expect(live.getByText("梅*雨")).toHaveCount(0);
  await storeChild();
  await expect(live.getByRole("listitem").first()).toContainText("梅*雨");
  await expect(live.getByRole("listitem").first()).toContainText("台账登记");

  await live.getByRole("link", { name: "梅*雨" }).first().click();
  const opening = page.getByRole("region", { name: "明文查看" });
  await opening.getByLabel("事由").fill("核对与学校登记的姓名");
  await opening.getByRole("button", { name: "申请查看" }).click();
  await expect(opening.getByRole("listitem")).toContainText("待批准");

  account("add", "lead-review", "--name", "贺站长", "--role", "station-lead", "--station", STATION);
  const lead = await strange(browser);
  await signInFirst(lead, "lead-review", "山脚下的小水库-2026");
  await lead.getByRole("link", { name: "待办" }).click();
  const waiting = lead.getByRole("region", { name: "等待决定的明文查看" }).getByRole("listitem").filter({ hasText: CHILD });
  await expect(waiting).toContainText("核对与学校登记的姓名");
  await expectUsable(lead, "desk-wide-light-review");
  await waiting.getByRole("button", { name: "批准", exact: true }).click();
  await expect(waiting).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("heading", { name: CHILD })).toBeVisible();
  await page.getByRole("button", { name: "撤回" }).click();
  await expect(page.getByRole("heading", { name: "梅*雨" })).toBeVisible();

  await opening.getByLabel("事由").fill("夜里走失，派出所在找");
  await opening.getByRole("button", { name: "紧急查看", exact: true }).click();
  await opening.getByRole("button", { name: "确认紧急查看，并通知他们" }).click();
  await expect(page.getByRole("heading", { name: CHILD })).toBeVisible();
  await lead.reload();
  const notices = lead.getByRole("region", { name: "紧急查看通知" });
  await expect(notices).toContainText("夜里走失，派出所在找");
  await lead.setViewportSize({ width: 390, height: 844 });
  await expectUsable(lead, "desk-phone-light-review");
  await notices.getByRole("button", { name: "已知悉" }).first().click();
  await expect(notices.getByText("夜里走失，派出所在找")).toHaveCount(0);
  await lead.context().close();
});

/** A day of a month whose report no other test signs. */
const SIGNED_MONTH = dayFromNow(-93);

/** Signs the report of that month by an account of its own; gives the signature. */
async function signAs(username: string): Promise<string> {
  const lead = hub().as(account("add", username, "--name", "贺站长", "--role", "station-lead", "--station", STATION));
  const of = { code: "STATION_MONTHLY_REPORT", day: SIGNED_MONTH, place: STATION };
  const look = `query ($code: String!, $day: Date!, $place: String!) {
    statutoryTable(code: $code, day: $day, place: $place) { digest } }`;
  const { statutoryTable } = await lead.ask<{ statutoryTable: { digest: string } }>(look, of);
  const sign = `mutation ($code: String!, $day: Date!, $place: String!, $digest: String!) {
    signTable(code: $code, day: $day, place: $place, digest: $digest) { signature { id } } }`;
  const signed = await lead.ask<{ signTable: { signature: { id: string } } }>(sign, { ...of, digest: statutoryTable.digest });
  return signed.signTable.signature.id;
}

/** Has a signed report returned for an entry, to be answered by a day. */
async function returnFor(name: string, reason: string, answerBy: string) {
  const id = await signAs("lead-back");
  const officer = hub().as(account("add", "officer-back", "--name", "周科员", "--role", "county-officer", "--county", "410802"));
  const back = `mutation ($id: UUID!, $reason: String!, $record: ID!, $answerBy: Date!) {
    returnTable(id: $id, reason: $reason, record: $record, answerBy: $answerBy) { id } }`;
  await officer.ask(back, { id, reason, record: await entryOf(name), answerBy });
}

async function entryOf(name: string): Promise<string> {
  const query = `query ($name: String!) {
    persons(filter: { namePrefix: $name }) { nodes { ledgerEntries(first: 5) { nodes { id } } } } }`;
  type Answer = { persons: { nodes: { ledgerEntries: { nodes: { id: string }[] } }[] } };
  const { persons } = await hub().ask<Answer>(query, { name });
  return persons.nodes[0]?.ledgerEntries.nodes[0]?.id ?? "";
}

test("what went back to a station for a record is told until it is answered", async ({ page }) => {
  const person = { name: BACK, noIdReason: "LOST", sex: "MALE", birthDate: "1941-04-04", village: await villageOf() };
  const detail = { elderly: { livingArrangement: "ALONE" } };
  await hub().store([{ ledgerEntry: { person, openedOn: dayFromNow(-150), detail } }]);
  await page.goto(desk("review"));
  const back = page.getByRole("region", { name: "退回而未答复的记录" });
  await expect(back.getByText("没有未答复的退回").or(back.getByRole("listitem").first())).toBeVisible();
  await returnFor(BACK, "居住状况与探访所见不符，请核实", dayFromNow(5));
  await page.reload();
  const item = back.getByRole("listitem").filter({ hasText: "居住状况与探访所见不符" });
  await expect(item).toContainText("周科员");
  await expect(item).toContainText(`请于 ${dayFromNow(5)} 前答复`);
  await expect(item.getByRole("link", { name: BACK })).toBeVisible();
  await item.getByRole("link", { name: "打开 社工站工作月报" }).click();
  await expect(page.getByText(/周科员于 .* 退回：居住状况与探访所见不符，请核实/)).toBeVisible();
});

test("what a station handed in and was refused is told until it is mended or put aside", async ({ page }) => {
  const mended = randomUUID();
  const given = { name: "梅晚晴", noIdReason: "LOST", sex: "FEMALE", birthDate: "1939-05-05", village: await villageOf() };
  const visit = { person: given, mode: "HOME", workers: ["王芳"], services: ["CARE"] };
  const on = (day: string) => [{ visit: { ...visit, visitedOn: day } }];
  await expect(hub().store(on(dayFromNow(2)), [mended])).rejects.toThrow("DATE_IN_FUTURE");
  await page.goto(desk("review"));
  const panel = page.getByRole("region", { name: "报送未入库、尚未改正的" });
  const item = panel.getByRole("listitem").filter({ hasText: "王芳报送" }).last();
  await expect(item).toContainText("入户探访");
  await expect(item).toContainText("日期晚于今天");
  await expect(item).not.toContainText("梅晚晴");
  await expectUsable(page, "desk-wide-light-refused");
  const others = (await hub().refusals()).length - 1;

  // Mended, it goes by itself.
  await hub().store(on(dayFromNow(0)), [mended]);
  await expect(panel.getByText("日期晚于今天")).toHaveCount(others, { timeout: 25_000 });

  const lost = randomUUID();
  await expect(hub().store(on("2026-13-05"), [lost])).rejects.toThrow("DATE_INVALID");
  await page.reload();
  await page.setViewportSize({ width: 390, height: 844 });
  const left = panel.getByRole("listitem").filter({ hasText: "日期不存在" }).first();
  await left.getByRole("button", { name: "不再列出" }).click();
  await left.getByLabel("理由").fill("略");
  await left.getByRole("button", { name: "确认不再列出" }).click();
  await expect(left).toContainText("4 to 200 characters");
  await left.getByLabel("理由").fill("设备已报废，另行补报");
  await expectUsable(page, "desk-phone-light-refused");
  await left.getByRole("button", { name: "确认不再列出" }).click();
  await expect(panel.getByText("日期不存在")).toHaveCount(0);
  expect(await hub().refusals()).not.toContain(lost);
});

test("of two who look like one it is said that they are two, or the later one goes back to its station", async ({ page }) => {
  const villages = await villagesOf();
  const both = (name: string) =>
    villages.map((village) => ({
      ledgerEntry: {
        person: { name, noIdReason: "LOST", sex: "FEMALE", birthDate: "1944-02-02", village },
        openedOn: dayFromNow(-150),
        detail: { elderly: { livingArrangement: "ALONE" } },
      },
    }));
  await hub().store(both("梅成双"));
  await hub().store(both("梅归一"));
  await signAs("lead-likely");
  // The desk asks for the report of the month before, which is to be the one that was signed.
  const after = new Date(`${SIGNED_MONTH.slice(0, 7)}-28T04:00:00Z`).getTime() + 15 * 86_400_000;
  await page.clock.setFixedTime(after);
  await page.goto(desk("review"));
  const panel = page.getByRole("region", { name: "疑为同一人" });
  const two = panel.getByRole("listitem").filter({ hasText: "梅成双" });
  await expect(two.getByRole("link", { name: "梅成双" })).toHaveCount(2);
  await expect(two.getByRole("row", { name: /出生日期/ })).toContainText("1944-02-02");
  await two.getByRole("button", { name: "是两个人" }).click();
  await two.getByLabel("判定为两个人的理由").fill("堂姐妹，各有证件");
  await expectUsable(page, "desk-wide-light-likely");
  await two.getByRole("button", { name: "确认是两个人" }).click();
  await expect(two).toHaveCount(0);
  await page.reload();

  const one = panel.getByRole("listitem").filter({ hasText: "梅归一" });
  await one.getByRole("button", { name: "是同一人" }).click();
  await expect(two).toHaveCount(0);
  await expect(one.getByLabel("退回的理由")).toHaveValue(/梅归一（1944-02-02）为同一人/);
  await page.setViewportSize({ width: 390, height: 844 });
  await expectUsable(page, "desk-phone-light-likely");
  await one.getByRole("button", { name: /^退回给/ }).click();
  await expect(one).toContainText("已退回给");
  await page.reload();
  const back = page.getByRole("region", { name: "退回而未答复的记录" });
  await expect(back.getByRole("listitem").filter({ hasText: "为同一人，请核对证件" })).toHaveCount(1);
});
