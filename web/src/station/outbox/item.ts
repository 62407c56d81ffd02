import type { SubmissionInput, SubmitMutation } from "../../generated/hub";
import type { HubError } from "../../shared/failure";
import type { Problem } from "../rules/check";
import type { Form } from "../forms/form";
import type { Subject } from "../forms/parts";

/** Something that is being written. Its id is that of the submission it becomes. */
export interface Draft {
  id: string;
  subject: Subject;
  form: Form;
  changedAt: string;
  /** What the hub refused it for, until it is handed in anew. */
  problems: Problem[];
}

/** Something handed in on the device, on its way to the hub. */
export interface Item {
  id: string;
  subject: Subject;
  form: Form;
  submission: SubmissionInput;
  handedInAt: string;
  state: ItemState;
}

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
  const { id, subject, form } = draft;
  const state = { is: "waiting", tries: 0, notBefore: 0 } as const;
  return { id, subject, form, submission, handedInAt: at, state };
}

export function isDue({ state }: Item, now: number): boolean {
  return state.is === "waiting" && state.notBefore <= now;
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
      return { ...item, state: { is: "refused", problems: receipt.problems } };
    case "CONFLICT":
      return { ...item, state: { is: "conflict" } };
  }
}

/** What it comes to that no receipt came. `chance` is from 0 to 1: not all come back at once. */
export function unanswered(item: Item, error: HubError, now: number, chance: number): Item {
  const tries = triesOf(item);
  if (error.failure === "refused") {
    const problem = { code: "REFUSED", path: "", message: error.message };
    return { ...item, state: { is: "refused", problems: [problem] } };
  }
  if (error.failure === "signin") return { ...item, state: { is: "waiting", tries, notBefore: 0 } };
  const grown = Math.min(FIRST_WAIT * 2 ** Math.max(tries - 1, 0), LONGEST_WAIT);
  const wait = Math.max(grown * (0.75 + chance / 2), (error.retryAfter ?? 0) * 1000);
  return { ...item, state: { is: "waiting", tries, notBefore: now + wait } };
}

/** Tried at once, whatever was agreed before. */
export function hurried(item: Item): Item {
  return item.state.is === "waiting" ? { ...item, state: { ...item.state, notBefore: 0 } } : item;
}

function triesOf({ state }: Item): number {
  return state.is === "waiting" || state.is === "sending" ? state.tries : 0;
}
