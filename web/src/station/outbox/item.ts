import type { SubmissionInput, SubmitMutation } from "../../generated/hub";
import type { HubError } from "../../shared/failure";
import type { Problem } from "../rules/check";
import { type Form, photosOf } from "../forms/form";
import type { Subject } from "../forms/parts";
import type { Photo } from "../forms/visit";

/** Something that is being written. Its id is that of the submission it becomes. */
export interface Draft {
  id: string;
  subject: Subject;
  form: Form;
  changedAt: string;
  /** What the hub refused it for, until it is handed in anew. */
  problems: Problem[];
  /** Under which ids the hub refused it, or what it is sent in place of. */
  refusedAs?: string[];
}

/** Something handed in on the device, on its way to the hub. */
export interface Item {
  id: string;
  subject: Subject;
  form: Form;
  submission: SubmissionInput;
  handedInAt: string;
  state: ItemState;
  /** How far its photos are, once one was begun with. */
  uploads?: Uploads;
  refusedAs?: string[];
}

/** The photos of an item at the hub. They come before it, so they say nothing of whether it left. */
export interface Uploads {
  /** By the id of each photo that is whole there, its id there. */
  whole: Record<string, string>;
  tries: number;
  notBefore: number;
}

const NONE_YET: Uploads = { whole: {}, tries: 0, notBefore: 0 };

export type ItemState =
  /** To be sent at an instant (ms) or later; `tries` counts the times it may have left the device. */
  | { is: "waiting"; tries: number; notBefore: number }
  | { is: "sending"; tries: number }
  | { is: "stored"; at: string }
  /** The hub has nothing of it; it can be mended. */
  | { is: "refused"; problems: Problem[] }
  /** The hub has another content under the same id. */
  | { is: "conflict" };

export type Receipt = SubmitMutation["submit"]["receipts"][number];

/** The first wait is 5 s, each next one twice as long, up to 15 minutes. */
const FIRST_WAIT = 5_000;
const LONGEST_WAIT = 15 * 60_000;

/** What is handed in of a draft is what the hub is sent, however often. */
export function handedIn(draft: Draft, submission: SubmissionInput, at: string): Item {
  const { id, subject, form, refusedAs } = draft;
  const state = { is: "waiting", tries: 0, notBefore: 0 } as const;
  return { id, subject, form, submission, handedInAt: at, state, ...(refusedAs && { refusedAs }) };
}

/** What is written on of an item, which keeps its id unless it is sent as a new one. */
export function asDraft({ id, subject, form, state, refusedAs = [] }: Item, changedAt: string, as = id): Draft {
  const problems = state.is === "refused" ? state.problems : [];
  const isRefused = state.is === "refused" || state.is === "conflict";
  return { id: as, subject, form, changedAt, problems, refusedAs: isRefused ? [...refusedAs, id] : refusedAs };
}

/** The ids of refusals that an item leaves behind with the hub: once it is stored under another, or dropped here. */
export function leftBehind({ id, state, refusedAs = [] }: Item): string[] {
  if (state.is === "stored") return refusedAs.filter((other) => other !== id);
  return state.is === "refused" || state.is === "conflict" ? [...refusedAs, id] : refusedAs;
}

export function isDue(item: Item, now: number): boolean {
  return item.state.is === "waiting" && item.state.notBefore <= now && isWhole(item);
}

/** Whether all photos of an item are at the hub. */
export function isWhole(item: Item): boolean {
  return photosOf(item.form).every(({ id }) => item.uploads?.whole[id]);
}

/** Whether it is time to upload photos of an item. */
export function isToUpload(item: Item, now: number): boolean {
  return item.state.is === "waiting" && !isWhole(item) && (item.uploads?.notBefore ?? 0) <= now;
}

/** A photo is whole at the hub. With the last one the submission is what it stays. */
export function uploaded(item: Item, photo: Photo, idThere: string): Item {
  const whole = { ...item.uploads?.whole, [photo.id]: idThere };
  const next = { ...item, uploads: { ...(item.uploads ?? NONE_YET), whole } };
  return isWhole(next) ? { ...next, submission: withPhotos(next, whole) } : next;
}

function withPhotos({ submission, form }: Item, whole: Uploads["whole"]): SubmissionInput {
  const { visit } = submission.content;
  if (!visit) return submission;
  const photos = photosOf(form).flatMap(({ id }) => whole[id] ?? []);
  return { ...submission, content: { visit: { ...visit, photos } } };
}

/** What it comes to that a photo did not get to the hub. */
export function unfinished(item: Item, error: HubError, now: number, chance: number): Item {
  if (error.failure === "refused") return { ...item, state: refusal(error) };
  const uploads = item.uploads ?? NONE_YET;
  if (error.failure === "signin") return { ...item, uploads: { ...uploads, notBefore: 0 } };
  const tries = uploads.tries + 1;
  return { ...item, uploads: { ...uploads, tries, notBefore: now + waitAfter(tries, chance, error) } };
}

/** Nothing is known of what became of an item that may have left the device: it stays as it is. */
export function isOpenToChange({ state }: Item): boolean {
  return state.is === "refused" || (state.is === "waiting" && state.tries === 0);
}

/** On its way. Kept before it leaves, so that a device that dies knows that it may have. */
export function leaving(item: Item): Item {
  return { ...item, state: { is: "sending", tries: triesOf(item) + 1 } };
}

/** An item that was on its way when the app ended: sent again, since the hub records it once. */
export function afterEnd(item: Item): Item {
  if (item.state.is !== "sending") return item;
  return { ...item, state: { is: "waiting", tries: item.state.tries, notBefore: 0 } };
}

/** What a receipt makes of an item. */
export function answered(item: Item, receipt: Receipt, now: string): Item {
  switch (receipt.status) {
    case "STORED":
    case "REPLAYED":
      return { ...item, state: { is: "stored", at: receipt.recordedAt ?? now } };
    case "REJECTED":
      return refused(item, receipt.problems, now);
    case "CONFLICT":
      return { ...item, state: { is: "conflict" } };
  }
}

/** What it comes to that no receipt came. `chance` is from 0 to 1: not all come back at once. */
export function unanswered(item: Item, error: HubError, now: number, chance: number): Item {
  const tries = triesOf(item);
  if (error.failure === "refused") return { ...item, state: refusal(error) };
  if (error.failure === "signin") return { ...item, state: { is: "waiting", tries, notBefore: 0 } };
  return { ...item, state: { is: "waiting", tries, notBefore: now + waitAfter(tries, chance, error) } };
}

/** Photos that the hub has no longer are uploaded again, which asks nothing of the person. */
function refused(item: Item, problems: Problem[], now: string): Item {
  const photos = photosOf(item.form);
  const lost = problems.flatMap((problem) => lostPhoto(problem, photos) ?? []);
  if (lost.length === 0 || lost.length < problems.length) {
    const others = problems.filter((problem) => !lostPhoto(problem, photos));
    return { ...item, state: { is: "refused", problems: others } };
  }
  const known = Object.entries(item.uploads?.whole ?? {});
  const whole = Object.fromEntries(known.filter(([id]) => !lost.includes(id)));
  const tries = (item.uploads?.tries ?? 0) + 1;
  const uploads = { whole, tries, notBefore: Date.parse(now) + waitAfter(tries, 0) };
  return { ...item, uploads, state: { is: "waiting", tries: 0, notBefore: 0 } };
}

function lostPhoto({ code, path }: Problem, photos: Photo[]): string | undefined {
  const at = code === "PHOTO_UNKNOWN" ? /^photos\[(\d+)\]$/.exec(path)?.[1] : undefined;
  return at && photos[Number(at)]?.id;
}

function refusal({ message }: HubError): ItemState {
  return { is: "refused", problems: [{ code: "REFUSED", path: "", message }] };
}

function waitAfter(tries: number, chance: number, error?: HubError): number {
  const grown = Math.min(FIRST_WAIT * 2 ** Math.max(tries - 1, 0), LONGEST_WAIT);
  return Math.max(grown * (0.75 + chance / 2), (error?.retryAfter ?? 0) * 1000);
}

/** When it is tried next to send an item, its photos or itself, in ms; nothing where that is not agreed. */
export function triedNext(item: Item): number | undefined {
  if (item.state.is !== "waiting") return undefined;
  return isWhole(item) ? item.state.notBefore : (item.uploads?.notBefore ?? 0);
}

/** Tried at once, whatever was agreed before. */
export function hurried(item: Item): Item {
  if (item.state.is !== "waiting") return item;
  const uploads = item.uploads && { uploads: { ...item.uploads, notBefore: 0 } };
  return { ...item, ...uploads, state: { ...item.state, notBefore: 0 } };
}

function triesOf({ state }: Item): number {
  return state.is === "waiting" || state.is === "sending" ? state.tries : 0;
}
