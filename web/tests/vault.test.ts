import { expect, test } from "vitest";
import { makeVault, opaque, openVault, seal, unseal } from "../src/station/device/vault";

/** Few, so that the tests are quick. */
const ROUNDS = 10;

test("a vault opens by its PIN and by no other, and then unseals what was sealed", async () => {
  const { vault, keys } = await makeVault("274913", ROUNDS);
  const sealed = await seal(keys, "drafts/1", { living: "屋顶漏雨" });
  expect(await openVault(vault, "274914")).toBeUndefined();
  const opened = await openVault(vault, "274913");
  expect(opened && (await unseal(opened, "drafts/1", sealed))).toEqual({ living: "屋顶漏雨" });
});

test("what lies on the device shows neither value nor name, and no key leaves the browser", async () => {
  const { vault, keys } = await makeVault("274913", ROUNDS);
  const { bytes } = await seal(keys, "cases/1", "王小明");
  const shown = new TextDecoder().decode(bytes) + (await opaque(keys, "王小明")) + new TextDecoder().decode(vault.key);
  expect(shown).not.toContain("王小明");
  expect([keys.seal.extractable, keys.name.extractable]).toEqual([false, false]);
});

test("a value that was changed or put elsewhere does not open", async () => {
  const { keys } = await makeVault("274913", ROUNDS);
  const sealed = await seal(keys, "items/1", "甲");
  await expect(unseal(keys, "items/2", sealed)).rejects.toThrow();
  const bytes = new Uint8Array(sealed.bytes);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  await expect(unseal(keys, "items/1", { ...sealed, bytes: bytes.buffer })).rejects.toThrow();
});

test("the same value is sealed differently each time, and two devices name things differently", async () => {
  const one = await makeVault("274913", ROUNDS);
  const other = await makeVault("274913", ROUNDS);
  const [first, second] = [await seal(one.keys, "x", "甲"), await seal(one.keys, "x", "甲")];
  expect(new Uint8Array(first.bytes)).not.toEqual(new Uint8Array(second.bytes));
  expect(await opaque(one.keys, "甲")).toBe(await opaque(one.keys, "甲"));
  expect(await opaque(one.keys, "甲")).not.toBe(await opaque(other.keys, "甲"));
});
