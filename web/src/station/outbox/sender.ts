import { type SubmissionInput, SubmitDocument } from "../../generated/hub";
import { HubError } from "../../shared/failure";
import { ask } from "../hub/client";
import { afterEnd, answered, isDue, type Item, leaving, type Receipt, unanswered } from "./item";

/** Items of one call. */
const AT_ONCE = 20;

/** What the sender stands on; the tests have their own. */
export interface Ground {
  items(): Item[];
  /** Keeps items on the device; done once they are on its disk. */
  keep(items: Item[]): Promise<void>;
  submit(items: SubmissionInput[]): Promise<Receipt[]>;
  now(): number;
  chance(): number;
}

/** What sending came to, beside what became of the items. */
export type Outcome = "done" | "signin" | "later";

/** Sends what is due, some at a time. What the hub cannot take of a call is told apart one by one. */
export async function send(ground: Ground): Promise<Outcome> {
  for (;;) {
    const due = ground.items().filter((item) => isDue(item, ground.now())).slice(0, AT_ONCE);
    if (due.length === 0) return "done";
    const outcome = await sendTogether(ground, due);
    if (outcome !== "done") return outcome;
  }
}

async function sendTogether(ground: Ground, due: Item[]): Promise<Outcome> {
  const going = due.map(leaving);
  await ground.keep(going);
  let receipts: Receipt[];
  try {
    receipts = await ground.submit(going.map(({ submission }) => submission));
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return without(ground, going, error);
  }
  const now = new Date(ground.now()).toISOString();
  const byId = new Map(receipts.map((receipt) => [receipt.submissionId, receipt]));
  const missing = new HubError("fault", "an answer without a receipt");
  const told = going.map((item) => {
    const receipt = byId.get(item.id);
    return receipt
      ? answered(item, receipt, now)
      : unanswered(item, missing, ground.now(), ground.chance());
  });
  await ground.keep(told);
  return "done";
}

/** No receipts came. One item that the hub refuses as a whole must not hold the others up. */
async function without(ground: Ground, going: Item[], error: HubError): Promise<Outcome> {
  if (error.failure === "refused" && going.length > 1) {
    await ground.keep(going.map(afterEnd));
    for (const item of going.map(afterEnd)) {
      const outcome = await sendTogether(ground, [item]);
      if (outcome !== "done") return outcome;
    }
    return "done";
  }
  await ground.keep(going.map((item) => unanswered(item, error, ground.now(), ground.chance())));
  if (error.failure === "signin") return "signin";
  return error.failure === "refused" ? "done" : "later";
}

/** Hands items in at the hub. */
export async function submit(token: string, items: SubmissionInput[]): Promise<Receipt[]> {
  return (await ask(token, SubmitDocument, { items })).submit.receipts;
}
