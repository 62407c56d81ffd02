import { expect, test } from "@playwright/test";
import { dayFromNow, enter, handIn, item, write } from "./app.ts";
import { Hub } from "./hub.ts";
import { PEOPLE } from "./seed.ts";

const hub = () => Hub.ofTests();

// A request that a service worker passes on is out of a test's reach.
test.use({ serviceWorkers: "block" });

interface Submitted {
  variables: { items: { id: string; content: { visit: Record<string, unknown> } }[] };
}

function isSubmit(body: string | null): boolean {
  return body?.includes("mutation Submit") ?? false;
}

test("a send that is cut off in the middle is finished later, and recorded once", async ({ page, context }) => {
  await enter(page);
  // The hub gets the visit and stores it; its answer never arrives.
  let cut = 0;
  await page.route("**/graphql", async (route) => {
    if (!isSubmit(route.request().postData()) || cut > 0) return route.continue();
    cut += 1;
    await route.fetch();
    await context.setOffline(true);
    await route.abort("connectionreset");
  });
  await write(page, PEOPLE.cut, "断线前写下");
  await handIn(page);
  await expect(item(page, PEOPLE.cut)).toContainText("未能发到");
  await expect(item(page, PEOPLE.cut)).toContainText("不会重复入库");
  await expect(item(page, PEOPLE.cut).getByRole("button", { name: "改正" })).toHaveCount(0);
  expect(await hub().visitsTo(PEOPLE.cut)).toEqual(["断线前写下"]);
  await context.setOffline(false);
  await expect(item(page, PEOPLE.cut)).toContainText("已入库");
  expect(await hub().visitsTo(PEOPLE.cut)).toEqual(["断线前写下"]);
});

test("what the hub refuses is told with its reason, mended and stored", async ({ page }) => {
  await enter(page);
  // The clock of this device is a day ahead, so its own check lets tomorrow pass.
  await page.clock.setSystemTime(Date.now() + 86_400_000);
  await write(page, PEOPLE.refused, "钟走快了");
  await page.getByLabel("探访日期", { exact: true }).fill(dayFromNow(1));
  await handIn(page);
  const refused = item(page, PEOPLE.refused);
  await expect(refused).toContainText("没有入库，请改正");
  await expect(refused).toContainText("日期晚于今天");
  expect(await hub().visitsTo(PEOPLE.refused)).toEqual([]);
  await refused.getByRole("button", { name: "改正" }).click();
  await expect(page.getByLabel("探访日期", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("生活状况")).toHaveValue("钟走快了");
  await page.getByLabel("探访日期", { exact: true }).fill(dayFromNow(0));
  await handIn(page);
  await expect(item(page, PEOPLE.refused)).toContainText("已入库");
  expect(await hub().visitsTo(PEOPLE.refused)).toEqual(["钟走快了"]);
});

test("a conflict shows both sides, and mine is sent as a new one", async ({ page }) => {
  await enter(page);
  // Another content comes to the hub under the same id first.
  let forestalled = false;
  await page.route("**/graphql", async (route) => {
    const body = route.request().postData();
    if (isSubmit(body) && !forestalled) {
      forestalled = true;
      const { variables } = JSON.parse(body ?? "") as Submitted;
      for (const { id, content } of variables.items) {
        await hub().store([{ visit: { ...content.visit, living: "另一份内容" } }], [id]);
      }
    }
    return route.continue();
  });
  await write(page, PEOPLE.conflict, "我写的内容");
  await handIn(page);
  const conflict = item(page, PEOPLE.conflict);
  await expect(conflict).toContainText("与平台上的不一致");
  await expect(conflict.getByRole("row", { name: "生活状况" })).toContainText("我写的内容");
  await expect(conflict.getByRole("row", { name: "生活状况" })).toContainText("另一份内容");
  await conflict.getByRole("button", { name: "把本机的作为新的一份发送" }).click();
  await handIn(page);
  await expect(item(page, PEOPLE.conflict)).toContainText("已入库");
  expect((await hub().visitsTo(PEOPLE.conflict)).sort()).toEqual(["另一份内容", "我写的内容"].sort());
});

test("an item that the hub cannot read does not hold up the others", async ({ page, context }) => {
  await enter(page);
  await context.setOffline(true);
  await write(page, PEOPLE.stuck, "夹在中间");
  await handIn(page);
  await write(page, PEOPLE.offline, "后面的一份");
  await handIn(page);
  // The first is spoilt on its way each time: the hub takes no such mode.
  await page.route("**/graphql", (route) => {
    const body = route.request().postData();
    if (!isSubmit(body)) return route.continue();
    const asked = JSON.parse(body ?? "") as Submitted;
    for (const { content } of asked.variables.items) {
      if (content.visit.living === "夹在中间") content.visit.mode = "RAFT";
    }
    return route.continue({ postData: JSON.stringify(asked) });
  });
  await context.setOffline(false);
  await expect(item(page, PEOPLE.offline)).toContainText("已入库");
  await expect(item(page, PEOPLE.stuck)).toContainText("没有入库，请改正");
  expect(await hub().visitsTo(PEOPLE.offline)).toEqual(["后面的一份"]);
});

test("what was refused and is dropped here is listed by the hub no more, also once there is a signal again", async ({
  page,
  context,
}) => {
  await enter(page);
  await page.clock.setSystemTime(Date.now() + 86_400_000);
  const before = await hub().refusals();
  await write(page, PEOPLE.dropped, "写错了人");
  await page.getByLabel("探访日期", { exact: true }).fill(dayFromNow(1));
  await handIn(page);
  const refused = item(page, PEOPLE.dropped);
  await expect(refused).toContainText("没有入库，请改正");
  expect(await hub().refusals()).toHaveLength(before.length + 1);
  await context.setOffline(true);
  await refused.getByRole("button", { name: "改正" }).click();
  page.once("dialog", (dialog) => dialog.accept());
  await page.getByRole("button", { name: "删除草稿" }).click();
  await expect(page.getByRole("heading", { name: "今日应访" })).toBeVisible();
  expect(await hub().refusals()).toHaveLength(before.length + 1);
  await context.setOffline(false);
  await expect.poll(() => hub().refusals()).toEqual(before);
});
