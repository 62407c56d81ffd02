import { type Browser, expect, type Page, test } from "@playwright/test";
import { account, desk, expectUsable, newOfficer, signInFirst, strange } from "./desk.ts";
import { Hub, STATION } from "./hub.ts";

const hub = () => Hub.ofTests();

const CODE = "STATION_MONTHLY_REPORT";
const COUNTY = "410802";
const CITY = "410800";

test.use({ viewport: { width: 1440, height: 900 } });

/** A day of the month that is to be signed, as the page chooses it. */
function lastMonth(): string {
  const today = new Date().toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });
  const first = new Date(`${today.slice(0, 7)}-01T00:00:00Z`);
  return new Date(first.getTime() - 86_400_000).toISOString().slice(0, 10);
}

interface Place {
  code: string;
  name: string;
}

async function placesOf(): Promise<{ counties: Place[]; stations: (Place & { divisionCode: string })[] }> {
  const query = `{
    divisions(filter: { levels: [COUNTY] }, first: 200) { nodes { code name } }
    stations(first: 200) { nodes { code name divisionCode } } }`;
  type Answer = { divisions: { nodes: Place[] }; stations: { nodes: (Place & { divisionCode: string })[] } };
  const { divisions, stations } = await hub().ask<Answer>(query);
  return { counties: divisions.nodes, stations: stations.nodes };
}

/** Signs the report of a place without a page, by an account of its own. */
async function sign(place: string, role: "station-lead" | "county-officer") {
  const option = role === "station-lead" ? "--station" : "--county";
  const own = hub().as(account("add", `signs-${place}`, "--name", "某人", "--role", role, option, place));
  const of = { code: CODE, day: lastMonth(), place };
  const look = "query ($code: String!, $day: Date, $place: String) { statutoryTable(code: $code, day: $day, place: $place) { digest } }";
  const { statutoryTable } = await own.ask<{ statutoryTable: { digest: string } }>(look, of);
  const put = `mutation ($code: String!, $day: Date!, $place: String!, $digest: String!) {
    signTable(code: $code, day: $day, place: $place, digest: $digest) { place } }`;
  await own.ask(put, { ...of, digest: statutoryTable.digest });
}

async function signHere(page: Page) {
  await page.getByRole("button", { name: "签批", exact: true }).click();
  await page.getByRole("button", { name: "确认签批" }).click();
}

async function officer(browser: Browser, username: string, name: string, place: string): Promise<Page> {
  const storageState = await newOfficer(browser, username, name, place);
  return (await browser.newContext({ storageState })).newPage();
}

test("a month goes from the station over the county to the bureau, and back once for a cell", async ({ browser }) => {
  // Every other station of the city signs too.
  test.setTimeout(600_000);
  account("add", "lead-month", "--name", "吕站长", "--role", "station-lead", "--station", STATION);
  const lead = await strange(browser);
  await signInFirst(lead, "lead-month", "山脚下的小水库-2026");
  await lead.getByRole("link", { name: "待办" }).click();
  const due = lead.getByRole("region", { name: /^待签批的报表/ });
  await expect(due).toContainText("尚未签批");
  await due.getByRole("link", { name: "打开 社工站工作月报" }).click();
  await expect(lead.getByRole("heading", { name: /民生街道.*社工站工作月报/ })).toBeVisible();
  await lead.getByRole("button", { name: /^✓ 4 = 5 \+ 6/ }).click();
  await expect(lead.locator("thead .lit")).toHaveCount(5);
  await signHere(lead);
  await expect(lead.getByText(/吕站长于 .* 签批/)).toBeVisible();

  const county = await officer(browser, "sunmin-month", "孙敏", COUNTY);
  await county.goto(desk(`tables/${CODE}/${lastMonth()}`));
  await expect(county.getByText("下级报表尚未全部签批")).toBeVisible();
  await county.getByRole("link", { name: "民生街道社会工作服务站" }).click();
  await expect(county.getByText(/吕站长于 .* 签批/)).toBeVisible();
  await county.getByRole("link", { name: /^老年人 4 / }).click();
  await expect(county.getByRole("heading", { name: "老年人 · 本月末在册" })).toBeVisible();
  await expect(county.locator("tbody tr").first()).toContainText("老年人台账");
  await county.getByRole("link", { name: "返回报表" }).click();
  await county.getByRole("button", { name: "退回" }).click();
  await county.getByLabel("退回的理由").fill("少");
  await county.getByRole("button", { name: "确认退回" }).click();
  await expect(county.getByRole("alert")).toContainText("什么都没有改变");
  await county.getByLabel("退回的理由").fill("老年人台账少了两人，请核对");
  await county.getByLabel("行", { exact: true }).selectOption({ label: "老年人" });
  await county.getByLabel("列", { exact: true }).selectOption("4");
  await county.getByLabel("希望在哪一日前答复").fill("2099-12-31");
  await county.getByRole("button", { name: "确认退回" }).click();
  await expect(county.getByText("退回记录")).toBeVisible();
  await expect(county.getByText("请于 2099-12-31 前答复")).toBeVisible();

  await lead.getByRole("link", { name: "待办" }).click();
  await expect(due).toContainText("被退回：老年人台账少了两人，请核对");
  await due.getByRole("link", { name: "打开 社工站工作月报" }).click();
  await expect(lead.getByText(/孙敏于 .* 退回：老年人台账少了两人，请核对（老年人 · 本月末在册）/)).toBeVisible();
  await expect(lead.locator("td.returned")).toHaveCount(1);
  await expectUsable(lead, "desk-wide-light-returned");
  await signHere(lead);
  await expect(lead.getByText(/吕站长于 .* 签批/).first()).toBeVisible();
  await expect(lead.locator("td.returned")).toHaveCount(0);

  const { counties, stations } = await placesOf();
  for (const { code } of stations) if (code !== STATION) await sign(code, "station-lead");
  await county.reload();
  await county.goto(desk(`tables/${CODE}/${lastMonth()}`));
  await signHere(county);
  await expect(county.getByText(/孙敏于 .* 签批/).first()).toBeVisible();

  const bureau = await officer(browser, "bureau-month", "魏局", CITY);
  await bureau.goto(desk(`tables/${CODE}/${lastMonth()}`));
  await expect(bureau.getByText("下级报表尚未全部签批")).toBeVisible();
  const withStations = counties.filter(({ code }) => stations.some(({ divisionCode }) => divisionCode.startsWith(code)));
  for (const { code } of withStations) if (code !== COUNTY) await sign(code, "county-officer");
  await bureau.reload();
  await signHere(bureau);
  await expect(bureau.getByText(/魏局于 .* 签批/).first()).toBeVisible();
  for (const page of [lead, county, bureau]) await page.context().close();
});
