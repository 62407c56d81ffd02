import { expect, test } from "@playwright/test";
import { enter, lookUp } from "./app.ts";
import { PEOPLE } from "./seed.ts";

const BUTTON = "填入现在的位置…";

test("the place is read once there is a yes, no nearer than about 100 m, and what is typed meanwhile stays", async ({ page, context }) => {
  await context.grantPermissions(["geolocation"]);
  await context.setGeolocation({ latitude: 35.2158764, longitude: 113.2417423, accuracy: 12 });
  await enter(page);
  await lookUp(page, PEOPLE.pages);
  await page.getByRole("button", { name: /记一次探访|继续写/ }).click();
  const place = page.getByLabel("地点", { exact: false });
  await place.fill("村委会");
  await page.getByRole("button", { name: BUTTON }).click();
  await page.getByRole("button", { name: "不读取" }).click();
  await expect(place).toHaveValue("村委会");
  await page.getByRole("button", { name: BUTTON }).click();
  await page.getByRole("button", { name: "同意，读取一次" }).click();
  await expect(place).toHaveValue("村委会 北纬35.216°，东经113.242°（约100米内）");
});

test("where the browser refuses the place, the form says so and takes what is typed", async ({ page, context }) => {
  await context.clearPermissions();
  await enter(page);
  await lookUp(page, PEOPLE.pages);
  await page.getByRole("button", { name: /记一次探访|继续写/ }).click();
  await page.getByRole("button", { name: BUTTON }).click();
  await page.getByRole("button", { name: "同意，读取一次" }).click();
  await expect(page.getByText("浏览器没有允许本应用定位")).toBeVisible();
  await page.getByLabel("地点", { exact: false }).fill("家中");
  await expect(page.getByLabel("地点", { exact: false })).toHaveValue("家中");
});
