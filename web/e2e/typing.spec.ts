import { expect, type Locator, type Page, test } from "@playwright/test";
import { enter, unlock, write } from "./app.ts";
import { PEOPLE } from "./seed.ts";

// What an input method or dictation puts into a field comes by composition, not by keys.

/** Composes in the field that has the focus, as an input method does while one types or speaks. */
async function composer(page: Page) {
  const session = await page.context().newCDPSession(page);
  return {
    compose: (text: string) =>
      session.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length }),
    take: (text: string) => session.send("Input.insertText", { text }),
    /** A key that the input method takes: pages see it as 229. */
    key: (key: string) => session.send("Input.dispatchKeyEvent", { type: "rawKeyDown", key, code: key, windowsVirtualKeyCode: 229 }),
  };
}

test("what is composed or dictated into a remark is kept as it is, and nothing is done in its middle", async ({ page }) => {
  await enter(page);
  await write(page, PEOPLE.spoken, "屋里");
  const remark = page.getByLabel("备注").last();
  await remark.focus();
  const { compose, take } = await composer(page);
  for (const text of ["老", "老人", "老人说 ", "老人说 ping an"]) {
    await compose(text);
    await expect(remark).toHaveValue(text);
  }
  await take("老人说平安");
  await expect(remark).toHaveValue("老人说平安");
  // Dictation puts in whole sentences, after what stands there.
  await compose("，下周再来");
  await take("，下周再来看看。");
  await expect(remark).toHaveValue("老人说平安，下周再来看看。");
  await expect(page.getByText("草稿已存在本机")).toBeVisible();
  await expect(page.getByRole("alert")).toHaveCount(0);
  await page.reload();
  await unlock(page);
  await expect(page.getByLabel("备注").last()).toHaveValue("老人说平安，下周再来看看。");
});

test("Enter takes what is composed, and else leads to the next field, so that nothing is handed in by it", async ({ page }) => {
  await enter(page);
  await write(page, PEOPLE.spoken, "屋里");
  const met = page.getByLabel("见到的人");
  await met.focus();
  await expect(met).toHaveAttribute("enterkeyhint", "next");
  const { compose, take, key } = await composer(page);
  await compose("nü er");
  await key("Enter");
  await expect(met).toBeFocused();
  await take("女儿");
  await expect(met).toHaveValue("女儿");
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("生活状况")).toBeFocused();
  await chooses(page, page.getByRole("radio", { name: "入户" }));
  await expect(page.getByRole("button", { name: "交给平台" })).toBeVisible();
});

/** Enter on a choice does not hand in either. */
async function chooses(page: Page, choice: Locator) {
  await choice.focus();
  await page.keyboard.press("Enter");
  await expect(choice).not.toBeFocused();
}
