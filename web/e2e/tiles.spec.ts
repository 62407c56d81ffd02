import { expect, type Page, test } from "@playwright/test";
import { desk, expectUsable, newOfficer, type Session } from "./desk.ts";

let session: Session;

test.beforeAll(async ({ browser }, { workerIndex }) => {
  session = await newOfficer(browser, `sunmin-tiles-${workerIndex}`);
});

test.use({
  viewport: { width: 1440, height: 900 },
  storageState: async ({}, use) => {
    await use(session);
  },
});

interface County {
  code: string;
  name: string;
}

const OTHERS: County[] = [
  { code: "410882", name: "沁阳市" },
  { code: "410823", name: "武陟县" },
  { code: "419001", name: "他市某县" },
];

/** What the city sees: the hub of the tests has people in one county alone, so others are put beside it. */
async function withOthers(page: Page, named: "coverage" | "statistics") {
  await page.route("**/graphql", async (route) => {
    const answer = await route.fetch();
    const told = await answer.json();
    const rows = told.data?.[named]?.rows;
    if (rows?.[0]?.county) {
      const { station } = rows[0];
      rows.push(
        ...OTHERS.map((county, i) => ({
          county,
          ...(station !== undefined && { station: { code: `S${county.code}001`, name: `${county.name}某站` } }),
          ...(named === "coverage" ? { due: 8, done: 8 - 4 * i, excused: 0 } : { figures: [{ count: 30 + i }] }),
        })),
      );
    }
    await route.fulfill({ response: answer, json: told });
  });
}

test("coverage stands where the counties lie, and a tile opens whom nobody visited", async ({ page }) => {
  await withOthers(page, "coverage");
  await page.goto(desk());
  const map = page.getByRole("group", { name: "探访覆盖的地图" });
  await expect(map.getByText("沁阳市")).toBeVisible();
  await expect(map.getByText("8/8")).toBeVisible();
  const [west, east, core] = await Promise.all(
    ["沁阳市", "武陟县", "解放区"].map((name) => map.getByText(name).boundingBox()),
  );
  expect(west?.x).toBeLessThan(core?.x ?? 0);
  expect(east?.x).toBeGreaterThan(core?.x ?? 0);
  expect(east?.y).toBeGreaterThan(core?.y ?? 0);
  // A county that no map has is told of below.
  expect((await map.getByText("他市某县").boundingBox())?.y).toBeGreaterThan(east?.y ?? 0);
  await expectUsable(page, "desk-map");
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  await expectUsable(page, "desk-map-phone-dark");
  await expect(map.getByRole("link", { name: /沁阳市/ })).toHaveCount(0);
  await map.getByRole("link", { name: /^解放区 \d+\/\d+，未访 \d+/ }).press("Enter");
  await expect(page.getByRole("heading", { name: "应访未访" })).toBeVisible();
  await page.unrouteAll({ behavior: "ignoreErrors" });
});

test("an answer by county is drawn as a map where one wants it", async ({ page }) => {
  await withOthers(page, "statistics");
  await page.goto(desk("ask/of=PERSONS&measures=COUNT&by=COUNTY"));
  await page.getByRole("radio", { name: "方块地图" }).check();
  const map = page.getByRole("group", { name: "第一个量按县排列的方块地图" });
  await expect(map.getByText("沁阳市")).toBeVisible();
  await expect(map.getByText("30", { exact: true })).toBeVisible();
  await expect(page.locator("canvas")).toHaveCount(0);
  await expectUsable(page, "desk-ask-map");
  await page.getByRole("radio", { name: "柱状图" }).check();
  await expect(page.locator("canvas")).toBeVisible();
  await page.unrouteAll({ behavior: "ignoreErrors" });
});
