import Dexie, { type EntityTable } from "dexie";
import type { Orders } from "../hub/session";
import type { Draft, Item } from "../outbox/item";
import type { Case } from "../caseload/case";
import type { Returned } from "../caseload/returned";
import { type Keys, opaque, type Sealed, seal, sealBytes, unseal, unsealBytes, type Vault } from "./vault";

/** A row as it lies on the device: an opaque key and a sealed value. */
interface Row extends Sealed {
  key: string;
}

export type Bytes = Uint8Array<ArrayBuffer>;

/** The vault, and how many wrong PINs it was tried with. Written before a PIN is tried. */
interface VaultRow extends Vault {
  id: "vault";
  wrong: number;
  /** By which the hub knows the device, and what was ordered before it signed in. None is secret. */
  mark?: string;
  orders?: Orders;
}

class DeviceDatabase extends Dexie {
  vault!: EntityTable<VaultRow, "id">;
  facts!: EntityTable<Row, "key">;
  cases!: EntityTable<Row, "key">;
  drafts!: EntityTable<Row, "key">;
  items!: EntityTable<Row, "key">;
  photos!: EntityTable<Row, "key">;

  constructor() {
    // An item that is shown as kept has reached the disk.
    super("nuanyang-station", { chromeTransactionDurability: "strict" });
    this.version(1).stores({ vault: "id", facts: "key", cases: "key", drafts: "key", items: "key" });
    this.version(2).stores({ photos: "key" });
  }
}

export const database = new DeviceDatabase();

type TableName = "facts" | "cases" | "drafts" | "items" | "photos";

/** A change of a table, sealed, to be written in one transaction with others. */
export type Change = { table: TableName; put: Row } | { table: TableName; remove: string };

/** Who uses the device. The token is as secret as the rest, and sealed like it. */
export interface Account {
  username: string;
  name: string;
  station: { code: string; name: string };
  token: string;
}

/** When the list was last brought up to date, and for which day. */
export interface SyncFact {
  at: string;
  day: string;
}

/** A village of the station's township. */
export interface Village {
  code: string;
  name: string;
}

interface Facts {
  account: Account;
  sync: SyncFact;
  villages: Village[];
  returned: Returned[];
  /** Ids of what the hub refused and nobody will mend here, until it was told so. */
  settled: string[];
}

interface Values {
  facts: Facts[keyof Facts];
  cases: Case;
  drafts: Draft;
  items: Item;
}

/** What is kept on an unlocked device. Whoever has no keys sees rows of noise. */
export class Store {
  /** `salt` tells the vault that the keys are of. */
  constructor(
    private readonly keys: Keys,
    private readonly salt: Vault["salt"],
  ) {}

  /** The change that keeps a value. Sealing takes time, so it comes before the transaction. */
  async put<T extends keyof Values>(table: T, name: string, value: Values[T]): Promise<Change> {
    const key = await opaque(this.keys, `${table}/${name}`);
    return { table, put: { key, ...(await seal(this.keys, `${table}/${key}`, value)) } };
  }

  /** The change that keeps a picture. */
  async putPhoto(name: string, bytes: Bytes): Promise<Change> {
    const key = await opaque(this.keys, `photos/${name}`);
    return { table: "photos", put: { key, ...(await sealBytes(this.keys, `photos/${key}`, bytes)) } };
  }

  async remove(table: TableName, name: string): Promise<Change> {
    return { table, remove: await opaque(this.keys, `${table}/${name}`) };
  }

  /**
   * Writes all of them, or none. Fails where the device was cleared since it was unlocked: an answer
   * of the hub can come after that, and another window may still be open.
   */
  async write(...changes: Change[]): Promise<void> {
    await database.transaction("rw", database.tables, async () => {
      const row = await database.vault.get("vault");
      if (!row || !isSame(row.salt, this.salt)) throw new Error("the device was cleared");
      for (const change of changes) {
        const table = database.table<Row, string>(change.table);
        if ("put" in change) await table.put(change.put);
        else await table.delete(change.remove);
      }
    });
  }

  async all<T extends keyof Values>(table: T): Promise<Values[T][]> {
    const rows = await database.table<Row, string>(table).toArray();
    return Promise.all(rows.map((row) => unseal<Values[T]>(this.keys, `${table}/${row.key}`, row)));
  }

  async photo(name: string): Promise<Bytes | undefined> {
    const key = await opaque(this.keys, `photos/${name}`);
    const row = await database.photos.get(key);
    return row && new Uint8Array(await unsealBytes(this.keys, `photos/${key}`, row));
  }

  async fact<Name extends keyof Facts>(name: Name): Promise<Facts[Name] | undefined> {
    const key = await opaque(this.keys, `facts/${name}`);
    const row = await database.facts.get(key);
    return row && unseal<Facts[Name]>(this.keys, `facts/${key}`, row);
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
