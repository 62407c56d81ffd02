import { type Account, database, Store } from "./store";
import { Cell, useCell } from "../../shared/ui/cell";
import { makeVault, openVault, ROUNDS } from "./vault";

/** So many wrong PINs in a row clear the device. */
export const TRIES = 8;
/** Untouched for so long, the app locks itself: 10 minutes. */
const IDLE = 10 * 60_000;

/** How the device stands. */
export type Device =
  | { state: "loading" }
  | { state: "new"; wiped: boolean }
  | { state: "locked"; wrong: number }
  | { state: "open"; store: Store; account: Account };

const current = new Cell<Device>({ state: "loading" });

export function useDevice(): Device {
  return useCell(current);
}

export const device = {
  get: current.get,
  subscribe: current.subscribe,

  async load() {
    const row = await database.vault.get("vault");
    current.set(row ? { state: "locked", wrong: row.wrong } : { state: "new", wiped: false });
  },

  /** Makes the vault of a new device and keeps the account in it. */
  async found(pin: string, account: Account) {
    await clear();
    const { vault, keys } = await makeVault(pin, ROUNDS);
    const store = new Store(keys);
    await store.write(await store.put("facts", "account", account));
    await database.vault.put({ id: "vault", wrong: 0, ...vault });
    // A browser short of space clears what was not asked to stay.
    await navigator.storage?.persist?.();
    current.set({ state: "open", store, account });
    restIdle();
  },

  /** Opens the vault. A wrong PIN counts before it is tried, so that ending the app saves none. */
  async unlock(pin: string) {
    const row = await counted();
    if (!row) return current.set({ state: "new", wiped: false });
    const keys = await openVault(row, pin);
    if (!keys && row.wrong >= TRIES) return device.wipe(true);
    if (!keys) return current.set({ state: "locked", wrong: row.wrong });
    await database.vault.update("vault", { wrong: 0 });
    const store = new Store(keys);
    const account = await store.fact("account");
    if (!account) return device.wipe(false);
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
    current.set({ state: "open", store, account });
  },

  async wipe(byWrongPins: boolean) {
    await clear();
    current.set({ state: "new", wiped: byWrongPins });
  },
};

/** The vault, with one more wrong PIN on it. */
async function counted() {
  return database.transaction("rw", database.vault, async () => {
    const row = await database.vault.get("vault");
    if (!row) return undefined;
    const tried = { ...row, wrong: row.wrong + 1 };
    await database.vault.put(tried);
    return tried;
  });
}

async function clear() {
  await Promise.all(database.tables.map((table) => table.clear()));
}

let idle: ReturnType<typeof setTimeout> | undefined;

function restIdle() {
  clearTimeout(idle);
  idle = setTimeout(() => device.lock(), IDLE);
}

for (const sign of ["pointerdown", "keydown"]) addEventListener(sign, restIdle, { passive: true });
