import { ReturnedDocument, type ReturnedEntryFragment, type ReturnedQuery } from "../../generated/hub";
import type { Account, Store } from "../device/store";
import { ask } from "../hub/client";
import type { Item } from "../outbox/item";

/** A record that a table was returned for, and that the station has not answered. */
export type Returned = ReturnedQuery["returnedRecords"][number];

type RecordOf = NonNullable<Returned["signature"]["record"]>;

/** What was returned, as the hub has it now. */
export async function returnedOf(store: Store, { token, station }: Account): Promise<Returned[]> {
  const { returnedRecords } = await ask(token, ReturnedDocument, { station: station.code });
  await store.write(await store.put("facts", "returned", returnedRecords));
  return returnedRecords;
}

/** The ledger entry that was returned, where it is one that is open: the same form brings it up to date. */
export function openEntry({ signature: { record } }: Returned): ReturnedEntryFragment | undefined {
  return record && isEntry(record) && !record.closedOn ? record : undefined;
}

export function isEntry(record: RecordOf): record is ReturnedEntryFragment {
  return "closedOn" in record;
}

/** Whom it is about. */
export function personOf({ signature: { record } }: Returned): { id: string; name: string | null } | undefined {
  if (!record) return undefined;
  if (isOfPerson(record)) return record;
  return record.person ?? undefined;
}

function isOfPerson(record: RecordOf): record is { id: string; name: string | null } {
  return "name" in record;
}

/** The household that it is about as a whole. */
export function householdOf({ signature: { record } }: Returned) {
  return (record && "household" in record && record.household) || undefined;
}

/** Whether the record itself is of the person: what stands there is corrected. */
export function isPerson({ signature: { record } }: Returned): boolean {
  return record !== null && isOfPerson(record);
}

/**
 * Whether something was handed in here about the person or the household since, which the hub may not
 * count as an answer. What it did not take is none.
 */
export function isAnswered(one: Returned, items: Item[]): boolean {
  const [person, household] = [personOf(one)?.id, householdOf(one)?.id];
  const since = Date.parse(one.signature.returnedAt ?? "");
  return items.some(({ subject, handedInAt, state }) => {
    const isAbout = person ? subject.personId === person : household && subject.householdId === household;
    return isAbout && state.is !== "refused" && state.is !== "conflict" && Date.parse(handedInAt) > since;
  });
}
