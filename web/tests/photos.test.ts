import { expect, test } from "vitest";
import { database, Store } from "../src/station/device/store";
import { makeVault } from "../src/station/device/vault";
import { contentOf } from "../src/station/forms/form";
import { blankVisit, type Photo } from "../src/station/forms/visit";
import {
  answered,
  handedIn,
  isDue,
  isOpenToChange,
  isWhole,
  type Item,
  leaving,
  type Receipt,
  uploaded,
} from "../src/station/outbox/item";
import { type Darkroom, NoPicture, photoOf, shrunk, within } from "../src/station/photos/shrink";
import { type Begun, type Ground, PIECE, type Progress, upload } from "../src/station/photos/uploader";
import { HubError } from "../src/shared/failure";

const NOW = Date.parse("2026-10-31T08:00:00Z");

function photo(id: string, size = PIECE * 2 + 10): Photo {
  return { id, sha256: `digest of ${id}`, size };
}

function visit(id: string, photos: Photo[]): Item {
  const subject = { personId: `P${id}`, householdId: null, name: "王小明" };
  const form = { ...blankVisit("2026-10-31", "王芳"), photos };
  const submission = { id, station: "S1", content: contentOf(form, subject) };
  return handedIn({ id, subject, form, changedAt: "", problems: [] }, submission, "2026-10-31T07:59:00Z");
}

/** A device and a hub in the test's hands. */
class Device implements Ground {
  kept: Map<string, Item>;
  /** By digest, how much of a photo came. */
  came = new Map<string, number>();
  pieces: string[] = [];
  told: (Progress | undefined)[] = [];
  time = NOW;
  /** What happens to a piece, instead of its coming whole. */
  cut: (of: string, offset: number) => void = () => {};

  constructor(...items: Item[]) {
    this.kept = new Map(items.map((item) => [item.id, item]));
  }

  items = () => [...this.kept.values()];
  now = () => this.time;
  chance = () => 0.5;
  tell = (progress: Progress | undefined) => void this.told.push(progress);
  bytesOf = async ({ size }: Photo) => (size > 0 ? new Uint8Array(size) : undefined);

  async keep(item: Item) {
    this.kept.set(item.id, item);
  }

  async begin({ sha256 }: Photo): Promise<Begun> {
    return { id: `there ${sha256}`, offset: this.came.get(sha256) ?? 0 };
  }

  async add({ id, offset }: Begun, piece: Uint8Array) {
    const sha256 = id.slice("there ".length);
    this.cut(sha256, offset);
    this.pieces.push(`${sha256}+${offset}`);
    this.came.set(sha256, offset + piece.length);
    return offset + piece.length;
  }

  item(id: string): Item {
    const item = this.kept.get(id);
    if (!item) throw new Error(`no item ${id}`);
    return item;
  }
}

test("photos come to the hub in pieces, and the visit goes with their ids and not before", async () => {
  const device = new Device(visit("v", [photo("a"), photo("b", 5)]));
  expect(isDue(device.item("v"), NOW)).toBe(false);
  expect(await upload(device)).toBe("done");
  const item = device.item("v");
  expect(isDue(item, NOW)).toBe(true);
  expect(item.submission.content.visit?.photos).toEqual(["there digest of a", "there digest of b"]);
  expect(device.pieces).toEqual([
    "digest of a+0",
    `digest of a+${PIECE}`,
    `digest of a+${PIECE * 2}`,
    "digest of b+0",
  ]);
  expect(device.told).toContainEqual({ item: "v", photo: 1, count: 2, percent: 49 });
});

test("what broke off is gone on with, and what is there is not sent again", async () => {
  const device = new Device(visit("v", [photo("a", 5), photo("b")]));
  device.cut = (of, offset) => {
    if (of === "digest of b" && offset > 0) throw new HubError("offline", "broken");
  };
  await upload(device);
  expect(isWhole(device.item("v"))).toBe(false);
  expect(isOpenToChange(device.item("v"))).toBe(true);
  // The browser is ended: only what is on the disk is left.
  const again = new Device(JSON.parse(JSON.stringify(device.item("v"))) as Item);
  again.came = device.came;
  again.time = NOW + 60_000;
  await upload(again);
  expect(again.pieces).toEqual([`digest of b+${PIECE}`, `digest of b+${PIECE * 2}`]);
  expect(isWhole(again.item("v"))).toBe(true);
});

test("one that is stuck waits longer each time, and leaves the others their turn", async () => {
  const device = new Device(visit("stuck", [photo("a")]), visit("v", [photo("b")]));
  device.cut = (of) => {
    if (of === "digest of a") throw new HubError("busy", "", 120);
  };
  expect(await upload(device)).toBe("done");
  expect(isWhole(device.item("v"))).toBe(true);
  expect(device.item("stuck").uploads).toMatchObject({ tries: 1, notBefore: NOW + 120_000 });
  device.time += 120_000;
  device.cut = () => {
    throw new HubError("offline", "");
  };
  await upload(device);
  expect(device.item("stuck").uploads).toMatchObject({ tries: 2, notBefore: device.time + 10_000 });
});

test("an ended session stops uploading, and goes on at once after signing in", async () => {
  const device = new Device(visit("v", [photo("a")]));
  device.cut = () => {
    throw new HubError("signin", "ended");
  };
  expect(await upload(device)).toBe("signin");
  device.cut = () => {};
  await upload(device);
  expect(isWhole(device.item("v"))).toBe(true);
});

test("a photo that the hub does not take, or that cannot be read, is told of with which one it is", async () => {
  const device = new Device(visit("v", [photo("a", 5), photo("b")]), visit("w", [photo("c", 0)]));
  device.cut = (of) => {
    if (of === "digest of b") throw new HubError("refused", "this is no whole picture");
  };
  await upload(device);
  for (const [id, words] of [["v", "没有接受第 2 张照片"], ["w", "第 1 张照片在本机上读不出来"]] as const) {
    const { state } = device.item(id);
    expect(state.is === "refused" && state.problems[0]?.message).toContain(words);
  }
});

test("an item that is taken back to be written on stays taken back", async () => {
  const device = new Device(visit("v", [photo("a")]));
  device.cut = () => void device.kept.delete("v");
  await upload(device);
  expect(device.items()).toEqual([]);
  expect(device.pieces).toHaveLength(1);
});

function refusal(...problems: [code: string, path: string][]): Receipt {
  const told = problems.map(([code, path]) => ({ code, path, value: null, message: "", repair: null }));
  return { submissionId: "v", status: "REJECTED", recordedAt: null, problems: told };
}

test("photos that the hub has no longer are uploaded again by themselves", () => {
  const photos = [photo("a"), photo("b")];
  const whole = photos.reduce((item, one) => uploaded(item, one, `there ${one.id}`), visit("v", photos));
  const now = new Date(NOW).toISOString();
  const lost = answered(leaving(whole), refusal(["PHOTO_UNKNOWN", "photos[1]"]), now);
  expect(lost.state.is).toBe("waiting");
  expect(lost.uploads?.whole).toEqual({ a: "there a" });
  expect(isDue(lost, NOW + 60_000)).toBe(false);
  const again = uploaded(lost, photo("b"), "there anew");
  expect(again.submission.content.visit?.photos).toEqual(["there a", "there anew"]);
  const mixed = answered(leaving(whole), refusal(["DATE_ORDER", "visitedOn"], ["PHOTO_UNKNOWN", "photos[0]"]), now);
  expect(mixed.state).toMatchObject({ is: "refused", problems: [{ code: "DATE_ORDER" }] });
});

/** Pictures of so many bytes for each pixel, less where the quality is lower. */
function darkroom(width: number, height: number, weight: number): Darkroom & { made: string[]; closed: number } {
  const made: string[] = [];
  const room = {
    made,
    closed: 0,
    open: async () => ({ width, height, close: () => void (room.closed += 1) }) as unknown as ImageBitmap,
    jpeg: async (_: ImageBitmap, width: number, height: number, quality: number) => {
      made.push(`${width}×${height} ${quality}`);
      return new Uint8Array(Math.round(width * height * weight * quality));
    },
  };
  return room;
}

test("a picture is made so small that a weak line takes it, and never larger than it was", async () => {
  expect(within({ width: 4000, height: 3000 }, 1600)).toEqual({ width: 1600, height: 1200 });
  expect(within({ width: 300, height: 900 }, 1600)).toEqual({ width: 300, height: 900 });
  const easy = darkroom(4000, 3000, 0.2);
  expect((await shrunk(new Blob(), easy)).length).toBeLessThan(400_000);
  expect(easy.made).toEqual(["1600×1200 0.8"]);
  const hard = darkroom(3000, 4000, 0.5);
  expect((await shrunk(new Blob(), hard)).length).toBeLessThan(400_000);
  expect(hard.made.at(-1)).toBe("900×1200 0.65");
  expect([easy.closed, hard.closed]).toEqual([1, 1]);
});

test("what is no picture is refused", async () => {
  const room = { ...darkroom(1, 1, 1), open: () => Promise.reject(new DOMException("no picture")) };
  await expect(shrunk(new Blob(["%PDF"]), room)).rejects.toThrow(NoPicture);
});

test("a photo lies sealed on the device, and goes with what it hangs on", async () => {
  const { vault, keys } = await makeVault("274913", 10);
  await database.vault.put({ id: "vault", wrong: 0, ...vault });
  const store = new Store(keys, vault.salt);
  const bytes = new TextEncoder().encode("\xff\xd8 what is to be seen in the picture");
  const { id, sha256, size } = await photoOf(bytes);
  expect([sha256.length, size]).toEqual([64, bytes.length]);
  await store.write(await store.putPhoto(id, bytes));
  expect(await store.photo(id)).toEqual(bytes);
  const [row] = await database.photos.toArray();
  expect(new TextDecoder().decode(row?.bytes)).not.toContain("picture");
  expect(row?.key).not.toContain(id);
  await store.write(await store.remove("photos", id));
  expect(await store.photo(id)).toBeUndefined();
});
