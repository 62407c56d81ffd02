import { expect, type Page, test } from "@playwright/test";
import { desk, expectUsable, newOfficer, type Session } from "./desk.ts";
import { Hub, STATION } from "./hub.ts";
import { dayFromNow } from "./app.ts";
import { residentId } from "./seed.ts";

const hub = () => Hub.ofTests();

let session: Session;

test.use({
  viewport: { width: 1440, height: 900 },
  storageState: async ({}, use) => {
    await use(session);
  },
});

/** Made-up people whom no other test has. */
const ELDER = "范桂枝";
const CHILD = "柳小溪";

test.beforeAll(async ({ browser }, { workerIndex }) => {
  session = await newOfficer(browser, `sunmin-person-${workerIndex}`);
  if ((await idsOf(ELDER)).length > 0) return;
  const village = await villageOfStation();
  const elder = { name: ELDER, residentId: residentId(501), village, phone: "13800009999" };
  const child = { name: CHILD, noIdReason: "LOST", sex: "FEMALE", birthDate: "2016-05-05", village };
  const guarded = { kind: "LEFT_BEHIND", guardian: "柳奶奶" };
  const needs = [{ domain: "CARE", urgency: "URGENT", remark: "夜里无人照看" }];
  await hub().store([
    { ledgerEntry: { person: elder, openedOn: dayFromNow(-90), detail: { elderly: {} }, needs } },
    { ledgerEntry: { person: child, openedOn: dayFromNow(-90), detail: { child: guarded } } },
  ]);
  const [first, second] = [await answersOf(0), await answersOf(1)];
  const whom = { name: ELDER, residentId: residentId(501) };
  const scale = { person: whom, instrument: "older-adult-ability", version: 1, assessors: ["王芳"] };
  const photos = [await hub().photo(PICTURE)];
  await hub().store([
    { assessment: { ...scale, assessedOn: dayFromNow(-80), answers: first } },
    { assessment: { ...scale, assessedOn: dayFromNow(-10), answers: second } },
    { visit: { person: whom, visitedOn: dayFromNow(-40), mode: "HOME", services: ["CARE"], living: "屋里收拾得整齐", photos } },
  ]);
});

/** A picture of one point. */
const PICTURE = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="),
  (letter) => letter.charCodeAt(0),
);

async function idsOf(name: string): Promise<string[]> {
  const query = "query ($name: String!) { persons(filter: { namePrefix: $name }) { nodes { id } } }";
  const { persons } = await hub().ask<{ persons: { nodes: { id: string }[] } }>(query, { name });
  return persons.nodes.map(({ id }) => id);
}

async function villageOfStation(): Promise<string> {
  const query = `query ($code: String!) {
    station(code: $code) { division { children(first: 1) { nodes { code } } } } }`;
  type Answer = { station: { division: { children: { nodes: { code: string }[] } } } };
  const { station } = await hub().ask<Answer>(query, { code: STATION });
  return station.division.children.nodes[0]?.code ?? "";
}

/** Every item of the scale answered by its option of this place, or its last. */
async function answersOf(place: number) {
  const query = `{ instruments(code: "older-adult-ability") { groups { items { code options { value } } } } }`;
  type Items = { groups: { items: { code: string; options: { value: number }[] }[] }[] };
  const { instruments } = await hub().ask<{ instruments: Items[] }>(query);
  const items = instruments[0]?.groups.flatMap(({ items }) => items) ?? [];
  return items.map(({ code, options }) => ({ item: code, value: (options[place] ?? options.at(-1))?.value }));
}

async function open(page: Page, name: string) {
  const [id] = await idsOf(name);
  await page.goto(desk(`person/${id}`));
}

test("a record tells what happened, what is needed, what was given and how assessments went", async ({ page }) => {
  await page.goto(desk(`needs/${dayFromNow(0)}/CARE/URGENT/${dayFromNow(0)}`));
  await page.getByRole("link", { name: ELDER }).click();
  await expect(page.getByRole("heading", { name: ELDER })).toBeFocused();
  await expect(page).toHaveTitle("人员 - 暖阳 业务台");
  const about = page.getByRole("region", { name: "基本情况" });
  await expect(about).toContainText("13800009999");
  await expect(about).not.toContainText("已遮蔽");
  const story = page.getByRole("region", { name: "经过" });
  await expect(story.getByRole("listitem")).toContainText([
    new RegExp(`${dayFromNow(-10)} 评估`),
    new RegExp(`${dayFromNow(-40)} 探访 入户，帮扶照护.*屋里收拾得整齐`),
    new RegExp(`${dayFromNow(-80)} 评估`),
    new RegExp(`${dayFromNow(-90)}`),
    new RegExp(`${dayFromNow(-90)}`),
  ]);
  await expect(story).toContainText("夜里无人照看");
  await expect(page.getByRole("img", { name: /老年人能力评估：.* 分、.* 分/ })).toBeVisible();
  await expect(page.getByRole("region", { name: "得到的帮助" })).toContainText(`1 次，最近 ${dayFromNow(-40)}`);
  // Nothing of an adult is masked for an officer, so there is nothing to ask for.
  await expect(page.getByRole("region", { name: "明文查看" })).toHaveCount(0);

  await page.getByRole("button", { name: "查看留痕" }).click();
  const trail = page.getByRole("region", { name: "谁看过、改过" });
  await expect(trail.getByRole("row").filter({ hasText: "QUERY PersonRecord" }).first()).toContainText("孙敏");
});

test("what is masked of a child is opened by another, or at once where the glass is broken", async ({ page }) => {
  await open(page, CHILD);
  await expect(page.getByRole("heading", { name: "柳*溪" })).toBeVisible();
  const about = page.getByRole("region", { name: "基本情况" });
  await expect(about.locator(".fact").filter({ hasText: "姓名" })).toContainText("已遮蔽");
  await expect(about.locator(".fact").filter({ hasText: "出生日期" })).toContainText("不可见");
  await expect(page.locator(".fact").filter({ hasText: "监护人与儿童的关系" })).toContainText("不可见");
  await expect(page.locator(".fact").filter({ hasText: "柳*奶" })).toContainText("已遮蔽");
  await expect(page.getByText("2016-05-05")).toHaveCount(0);
  await expect(page.getByText("柳奶奶")).toHaveCount(0);

  const opening = page.getByRole("region", { name: "明文查看" });
  await opening.getByLabel("事由").fill("看");
  await opening.getByRole("button", { name: "申请查看" }).click();
  await expect(opening.getByRole("alert")).toContainText("什么都没有改变");
  await opening.getByLabel("事由").fill("核对与学校登记的姓名");
  await opening.getByRole("button", { name: "申请查看" }).click();
  await expect(opening.getByRole("listitem")).toContainText("待批准");
  await expect(page.getByRole("heading", { name: "柳*溪" })).toBeVisible();
  await opening.getByRole("button", { name: "撤回" }).click();
  await expect(opening.getByRole("listitem")).toHaveCount(0);

  await opening.getByLabel("事由").fill("夜里走失，派出所在找");
  await opening.getByRole("button", { name: "紧急查看", exact: true }).click();
  await opening.getByRole("button", { name: "确认紧急查看，并通知他们" }).click();
  await expect(page.getByRole("heading", { name: CHILD })).toBeVisible();
  await expect(about).toContainText("2016-05-05");
  await expect(page.getByText("柳奶奶")).toBeVisible();
  await opening.getByRole("button", { name: "撤回" }).click();
  await expect(page.getByRole("heading", { name: "柳*溪" })).toBeVisible();
});

test("somebody who is not there, or out of reach, is told so", async ({ page }) => {
  await page.goto(desk("person/UGVyc29uOjAxYTIxYmRjLTAwMDAtNzAwMC04MDAwLWJkY2UxM2I3ZjIzYw"));
  await expect(page.getByText("没有此人，或不在本账户的范围内。")).toBeVisible();
});

const LOOKS = [
  { look: "phone-dark", viewport: { width: 390, height: 844 }, colorScheme: "dark" },
  { look: "wide-light", viewport: { width: 1440, height: 900 }, colorScheme: "light" },
] as const;

for (const { look, viewport, colorScheme } of LOOKS) {
  test.describe(look, () => {
    test.use({ viewport, colorScheme });

    test(`the record can be read by everybody (${look})`, async ({ page }) => {
      await open(page, ELDER);
      await expect(page.getByRole("img", { name: /老年人能力评估/ })).toBeVisible();
      await page.getByRole("button", { name: "查看留痕" }).click();
      await expect(page.getByRole("table")).toBeVisible();
      await expectUsable(page, `desk-${look}-person`);
      await open(page, CHILD);
      await page.getByRole("button", { name: "紧急查看", exact: true }).click();
      await expectUsable(page, `desk-${look}-person-masked`);
    });
  });
}

test("photos of a visit are fetched once somebody asks for them, and grow in place", async ({ page }) => {
  const fetched: string[] = [];
  page.on("request", (request) => request.url().includes("/photos/") && fetched.push(request.url()));
  await open(page, ELDER);
  const look = page.getByRole("button", { name: "看照片（1 张），会留痕" });
  await expect(look).toBeVisible();
  expect(fetched).toEqual([]);
  await look.click();
  const photo = page.getByRole("img", { name: `${dayFromNow(-40)} 探访的照片，第 1 张，共 1 张` });
  await expect.poll(() => photo.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(1);
  const small = await photo.boundingBox();
  await page.getByRole("button", { name: /探访的照片/ }).click();
  await expect.poll(async () => (await photo.boundingBox())?.width).toBeGreaterThan(small?.width ?? 0);
  expect(fetched).toHaveLength(1);
});
