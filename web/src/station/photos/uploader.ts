import { HubError } from "../../shared/failure";
import type { Bytes } from "../device/store";
import { photosOf } from "../forms/form";
import type { Photo } from "../forms/visit";
import { t } from "../i18n";
import { isToUpload, type Item, unfinished, uploaded } from "../outbox/item";
import type { Outcome } from "../outbox/sender";

/** Bytes of a piece: what a line of 20 kbit/s takes in half a minute. */
export const PIECE = 64 << 10;

/** How far the hub is with a photo: it has so many bytes of what it calls by this id. */
export interface Begun {
  id: string;
  offset: number;
}

/** How far an item is, for people. */
export interface Progress {
  item: string;
  /** From 1. */
  photo: number;
  count: number;
  percent: number;
}

/** What uploading stands on; the tests have their own. */
export interface Ground {
  items(): Item[];
  keep(item: Item): Promise<void>;
  bytesOf(photo: Photo): Promise<Bytes | undefined>;
  /** Begins with a photo, or goes on with it: the hub tells what came of it before. */
  begin(photo: Photo): Promise<Begun>;
  /** Adds a piece; gives back how many bytes came by then. */
  add(begun: Begun, piece: Bytes): Promise<number>;
  tell(progress: Progress | undefined): void;
  now(): number;
  chance(): number;
}

/** Uploads the photos that are due, one after the other. One that is stuck leaves the others their turn. */
export async function upload(ground: Ground): Promise<Outcome> {
  for (;;) {
    const item = ground.items().find((item) => isToUpload(item, ground.now()));
    if (!item) return "done";
    try {
      await uploadNext(ground, item);
    } catch (error) {
      if (!(error instanceof HubError)) throw error;
      await keep(ground, item.id, (item) => unfinished(item, error, ground.now(), ground.chance()));
      if (error.failure === "signin") return "signin";
    } finally {
      ground.tell(undefined);
    }
  }
}

/** The first photo of an item that the hub has not whole. */
async function uploadNext(ground: Ground, item: Item) {
  const photos = photosOf(item.form);
  const at = photos.findIndex(({ id }) => !item.uploads?.whole[id]);
  const photo = photos[at];
  if (!photo) return;
  const bytes = await ground.bytesOf(photo);
  if (!bytes) throw new HubError("refused", t("photo.lost", { n: at + 1 }));
  const begun = await ground.begin(photo).catch((error) => {
    throw inPlainWords(error, at);
  });
  while (begun.offset < bytes.length) {
    const percent = Math.floor((begun.offset / bytes.length) * 100);
    ground.tell({ item: item.id, photo: at + 1, count: photos.length, percent });
    const piece = bytes.subarray(begun.offset, begun.offset + PIECE);
    begun.offset = await ground.add(begun, piece).catch((error) => {
      throw inPlainWords(error, at);
    });
    if (!isThere(ground, item.id)) return;
  }
  await keep(ground, item.id, (item) => uploaded(item, photo, begun.id));
}

function isThere(ground: Ground, id: string): boolean {
  return ground.items().some((item) => item.id === id);
}

/** Keeps what became of an item, unless it was taken back to be written on meanwhile. */
async function keep(ground: Ground, id: string, become: (item: Item) => Item) {
  const item = ground.items().find((other) => other.id === id);
  if (item) await ground.keep(become(item));
}

/** The hub speaks of uploads in English; what it refuses has to be mended by a person. */
function inPlainWords(error: unknown, at: number): unknown {
  const isRefused = error instanceof HubError && error.failure === "refused";
  return isRefused ? new HubError("refused", t("photo.refused", { n: at + 1 })) : error;
}
