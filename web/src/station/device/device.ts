import { markOf, NO_ORDERS, type Orders, ordersFor } from "../hub/session";
import type { Account, Store } from "./store";
import { afterGate } from "../after";
import { Cell, useCell } from "../../shared/ui/cell";
import { makeVault, openVault, ROUNDS } from "./vault";

/** So many wrong PINs in a row clear the device. */
export const TRIES = 8;
/** Untouched for so long, the app locks itself: 10 minutes. */
const IDLE = 10 * 60_000;

/** How the device stands. */
export type Device =
  | { state: "loading" }
  | { state: "new"; wiped?: Wiped }
  | { state: "locked"; wrong: number }
  | { state: "open"; store: Store; account: Account };

/** Why a device was cleared, where nobody did it at the device. */
export type Wiped = "pins" | "order";

/** Says that there may be a vault, before what the database needs is there to ask it. It may be lost alone. */
const KNOWN = "nuanyang.device";

const current = new Cell<Device>({ state: localStorage.getItem(KNOWN) ? "loading" : "new" });

/** The database comes after the gate, which a new device can use without. */
const shelf = () => afterGate(() => import("./store"));

export function useDevice(): Device {
  return useCell(current);
}

export const device = {
  get: current.get,
  subscribe: current.subscribe,

  async load() {
    const { database } = await shelf();
    const row = await database.vault.get("vault");
    if (current.get().state === "open") return;
    if (row) localStorage.setItem(KNOWN, "yes");
    current.set(row ? { state: "locked", wrong: row.wrong } : { state: "new" });
    await device.obey().catch(() => {});
  },

  /**
   * Makes the vault of a new device and keeps the account in it. One that only looked new has its own
   * vault opened instead: what was not sent yet lies there.
   */
  async found(pin: string, account: Account, orders: Orders) {
    const { database, Store } = await shelf();
    if (await database.vault.get("vault")) return device.load();
    await clear();
    const { vault, keys } = await makeVault(pin, ROUNDS);
    const store = new Store(keys, vault.salt);
    const mark = await markOf(account.token);
    await database.vault.put({ id: "vault", wrong: 0, mark, orders, ...vault });
    await store.write(await store.put("facts", "account", account));
    localStorage.setItem(KNOWN, "yes");
    // A browser short of space clears what was not asked to stay.
    await navigator.storage?.persist?.();
    current.set({ state: "open", store, account });
    restIdle();
  },

  /** Opens the vault. A wrong PIN counts before it is tried, so that ending the app saves none. */
  async unlock(pin: string) {
    const { database, Store } = await shelf();
    const row = await counted();
    if (!row) return current.set({ state: "new" });
    const keys = await openVault(row, pin);
    if (!keys && row.wrong >= TRIES) return device.wipe("pins");
    if (!keys) return current.set({ state: "locked", wrong: row.wrong });
    await database.vault.update("vault", { wrong: 0 });
    const store = new Store(keys, row.salt);
    const account = await store.fact("account");
    if (!account) return device.wipe();
    if (!row.mark) await database.vault.update("vault", { mark: await markOf(account.token) });
    current.set({ state: "open", store, account });
    restIdle();
  },

  lock() {
    if (current.get().state === "open") current.set({ state: "locked", wrong: 0 });
  },

  /** Keeps a new token of the same account. */
  async renew(token: string) {
    const open = current.get();
    if (open.state !== "open") return;
    const account = { ...open.account, token };
    const { store } = open;
    await store.write(await store.put("facts", "account", account));
    const { database } = await shelf();
    await database.vault.update("vault", { mark: await markOf(token) });
    current.set({ state: "open", store, account });
  },

  /**
   * Asks whether it was ordered, since the device signed in, to clear it. Does so where it is to be at
   * once, locked or not; true where what waits is sent first.
   */
  async obey(): Promise<boolean> {
    const { database } = await shelf();
    const row = await database.vault.get("vault");
    if (!row?.mark) return false;
    const { atOnce, afterSending } = await ordersFor(row.mark);
    const before = row.orders ?? NO_ORDERS;
    if (isLater(atOnce, before.atOnce)) await device.wipe("order");
    return isLater(afterSending, before.afterSending);
  },

  async wipe(why?: Wiped) {
    await clear();
    current.set({ state: "new", ...(why && { wiped: why }) });
  },
};

/** Whether an order was given after another; a hub that was put back to an earlier day gives none. */
function isLater(order: string | null, before: string | null): boolean {
  return order !== null && (before === null || Date.parse(order) > Date.parse(before));
}

/** The vault, with one more wrong PIN on it. */
async function counted() {
  const { database } = await shelf();
  return database.transaction("rw", database.vault, async () => {
    const row = await database.vault.get("vault");
    if (!row) return undefined;
    const tried = { ...row, wrong: row.wrong + 1 };
    await database.vault.put(tried);
    return tried;
  });
}

async function clear() {
  localStorage.removeItem(KNOWN);
  const { database } = await shelf();
  await database.transaction("rw", database.tables, () =>
    Promise.all(database.tables.map((table) => table.clear())),
  );
}

let idle: ReturnType<typeof setTimeout> | undefined;

function restIdle() {
  clearTimeout(idle);
  idle = setTimeout(() => device.lock(), IDLE);
}

for (const sign of ["pointerdown", "keydown"]) addEventListener(sign, restIdle, { passive: true });
