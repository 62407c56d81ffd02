import { type ContentInput, DismissRefusalsDocument, HandedInDocument } from "../generated/hub";
import type { Case } from "./caseload/case";
import { today } from "./caseload/day";
import { type Returned, returnedOf } from "./caseload/returned";
import { sync, villagesOf } from "./caseload/sync";
import { device } from "./device/device";
import type { Account, Bytes, Change, Store, SyncFact, Village } from "./device/store";
import { type Failure, HubError } from "../shared/failure";
import { ask } from "./hub/client";
import {
  afterEnd,
  asDraft,
  type Draft,
  handedIn,
  hurried,
  isOpenToChange,
  isToUpload,
  isWhole,
  type Item,
  leftBehind,
  triedNext,
} from "./outbox/item";
import { send, submit } from "./outbox/sender";
import type { Progress } from "./photos/uploader";
import { Cell } from "../shared/ui/cell";
import { contentOf, photosOf } from "./forms/form";
import type { Photo } from "./forms/visit";
import { afterGate } from "./after";

/** How the list on the device stands to the hub's. */
export interface SyncState {
  running: boolean;
  /** When and for which day it was last brought up to date. */
  last?: SyncFact | undefined;
  failure?: Failure | undefined;
}

/** What was stored stays on the device for 14 days, for whoever wants to look at its receipt. */
const KEPT_STORED = 14 * 86_400_000;
/** The list is brought up to date when the app is looked at again after so long: 10 minutes. */
const STALE = 10 * 60_000;
/** As many refusals the hub lets go by one call. */
const LET_GO = 500;

/** What an unlocked device holds in memory, and all that goes on while it is unlocked. */
export class Live {
  readonly cases = new Cell<Case[]>([]);
  readonly villages = new Cell<Village[]>([]);
  /** What was returned to the station and is not answered, as the hub last told. */
  readonly returned = new Cell<Returned[]>([]);
  readonly drafts = new Cell<Draft[]>([]);
  readonly items = new Cell<Item[]>([]);
  readonly syncing = new Cell<SyncState>({ running: false });
  /** Photos that were chosen and are not kept yet. */
  readonly taking = new Cell(0);
  /** How far the photo is that is being uploaded. */
  readonly uploading = new Cell<Progress | undefined>(undefined);
  /** The session has ended; nothing is sent until someone signs in. */
  readonly needsSignIn = new Cell(false);
  /** It was ordered to clear the device once what waits is sent. */
  readonly mustClear = new Cell(false);
  /** Drafts that are not on the disk yet. */
  readonly unkept = new Cell(0);
  /** The device could not keep something. */
  readonly isFull = new Cell(false);

  private readonly ended = new AbortController();
  private readonly waitingDrafts = new Map<string, Draft>();
  /** Drafts that were handed in or dropped. */
  private readonly over = new Set<string>();
  /** What is written, one after the other: the disk never holds an older state than was shown. */
  private written: Promise<unknown> = Promise.resolve();
  /** What the hub is still to be told that nobody will mend. */
  private settled: string[] = [];
  /** Something changed while the list was being brought up to date. */
  private isStale = false;
  private sending = false;
  private isUploading = false;
  private leaving = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  private constructor(
    private readonly store: Store,
    public account: Account,
  ) {}

  static async open(store: Store, account: Account): Promise<Live> {
    const live = new Live(store, account);
    const [cases, drafts, items, last, villages, returned, settled] = await Promise.all([
      store.all("cases"),
      store.all("drafts"),
      store.all("items"),
      store.fact("sync"),
      store.fact("villages"),
      store.fact("returned"),
      store.fact("settled"),
    ]);
    live.cases.set(cases);
    live.villages.set(villages ?? []);
    live.returned.set(returned ?? []);
    live.settled = settled ?? [];
    live.drafts.set(drafts);
    live.items.set(items.map(afterEnd));
    live.syncing.set({ running: false, last });
    await live.forgetOld();
    live.follow();
    return live;
  }

  close() {
    this.ended.abort();
    clearTimeout(this.timer);
  }

  /** Sends what still waits, and then ends: locking the app keeps nobody's visit on the device. */
  leave() {
    this.leaving = true;
    this.endIfDone();
  }

  private endIfDone() {
    const waits = this.items.get().some(({ state }) => state.is === "waiting" || state.is === "sending");
    if (this.leaving && (!waits || this.needsSignIn.get())) this.close();
  }

  /** Goes on with a new token. */
  renewed(account: Account) {
    this.account = account;
    this.needsSignIn.set(false);
    void this.refresh();
    void this.run();
  }

  // --- The list -----------------------------------------------------------------------------

  async refresh() {
    if (this.leaving || this.ended.signal.aborted) return;
    if (this.syncing.get().running) {
      this.isStale = true;
      return;
    }
    const { last } = this.syncing.get();
    this.syncing.set({ running: true, last });
    try {
      const day = today();
      // Whether to clear is asked again the next time; the list does not wait for it.
      await device.obey().then((must) => this.mustClear.set(must), () => {});
      if (this.ended.signal.aborted) return;
      this.cases.set(await sync(this.store, this.account, this.cases.get(), day));
      this.returned.set(await returnedOf(this.store, this.account));
      void this.tellSettled();
      if (last?.day !== day) this.villages.set(await villagesOf(this.store, this.account));
      this.syncing.set({ running: false, last: { at: new Date().toISOString(), day } });
    } catch (error) {
      this.syncing.set({ running: false, last, failure: this.failureOf(error) });
    }
    if (this.isStale) {
      this.isStale = false;
      await this.refresh();
    }
  }

  private failureOf(error: unknown): Failure {
    if (!(error instanceof HubError)) {
      this.isFull.set(true);
      return "fault";
    }
    if (error.failure === "signin") this.needsSignIn.set(true);
    return error.failure;
  }

  // --- Drafts -------------------------------------------------------------------------------

  /** Keeps a draft at each change. The newest is written as soon as the one before it is. */
  keepDraft(draft: Draft) {
    // A late answer, as of where the device is, does not bring back what was handed in or dropped.
    if (this.over.has(draft.id)) return;
    const others = this.drafts.get().filter(({ id }) => id !== draft.id);
    this.drafts.set([...others, draft]);
    this.waitingDrafts.set(draft.id, draft);
    this.unkept.set(this.waitingDrafts.size);
    void this.inOrder(() => this.writeDraft(draft.id));
  }

  private async writeDraft(id: string) {
    const draft = this.waitingDrafts.get(id);
    if (!draft) return;
    this.waitingDrafts.delete(id);
    try {
      await this.store.write(await this.store.put("drafts", id, draft));
    } catch {
      this.isFull.set(true);
    }
    this.unkept.set(this.waitingDrafts.size);
  }

  async dropDraft(id: string) {
    this.over.add(id);
    this.waitingDrafts.delete(id);
    const dropped = this.drafts.get().find((draft) => draft.id === id);
    await this.inOrder(async () =>
      this.store.write(
        await this.store.remove("drafts", id),
        ...(await this.withoutPhotos(dropped)),
        ...(await this.settling(dropped?.refusedAs ?? [])),
      ),
    );
    this.drafts.set(this.drafts.get().filter((draft) => draft.id !== id));
    void this.tellSettled();
  }

  // --- Photos -------------------------------------------------------------------------------

  /** Keeps a photo with its draft, in one transaction. False where the device has no room for it. */
  async addPhoto(id: string, photo: Photo, bytes: Bytes): Promise<boolean> {
    const kept = await this.store.putPhoto(photo.id, bytes);
    return this.changePhotos(id, (photos) => [...photos, photo], kept);
  }

  async removePhoto(id: string, photo: Photo): Promise<boolean> {
    const removed = await this.store.remove("photos", photo.id);
    return this.changePhotos(id, (photos) => photos.filter((other) => other.id !== photo.id), removed);
  }

  photo(photo: Photo): Promise<Bytes | undefined> {
    return this.store.photo(photo.id);
  }

  private async changePhotos(id: string, change: (photos: Photo[]) => Photo[], kept: Change): Promise<boolean> {
    const changed = () => {
      const draft = this.drafts.get().find((other) => other.id === id);
      if (draft?.form.kind !== "visit") return undefined;
      const form = { ...draft.form, photos: change(photosOf(draft.form)) };
      return { ...draft, form, changedAt: new Date().toISOString() };
    };
    try {
      await this.inOrder(async () => {
        const draft = changed();
        if (!draft) return;
        await this.store.write(await this.store.put("drafts", id, draft), kept);
        // More may have been written on it meanwhile.
        const now = changed();
        if (now) this.keepDraft(now);
      });
      return true;
    } catch {
      this.isFull.set(true);
      return false;
    }
  }

  private withoutPhotos(of: Draft | Item | undefined): Promise<Change[]> {
    return Promise.all((of ? photosOf(of.form) : []).map(({ id }) => this.store.remove("photos", id)));
  }

  // --- The outbox ---------------------------------------------------------------------------

  /**
   * A draft becomes an item, in one transaction: it is never both, and never neither. False where
   * the device has no room for it; then it stays a draft.
   */
  async handIn(draft: Draft): Promise<boolean> {
    this.over.add(draft.id);
    this.waitingDrafts.delete(draft.id);
    const content = contentOf(draft.form, draft.subject);
    const submission = { id: draft.id, station: this.account.station.code, content };
    const item = handedIn(draft, submission, new Date().toISOString());
    try {
      await this.inOrder(async () =>
        this.store.write(
          await this.store.put("items", item.id, item),
          await this.store.remove("drafts", item.id),
        ),
      );
    } catch {
      this.isFull.set(true);
      this.over.delete(draft.id);
      this.keepDraft(draft);
      return false;
    }
    this.drafts.set(this.drafts.get().filter(({ id }) => id !== item.id));
    this.show([item]);
    void askForBackground();
    void this.run();
    return true;
  }

  /** Takes an item back to be written on, where the hub has nothing of it. */
  async mend(item: Item): Promise<Draft | undefined> {
    const now = this.items.get().find(({ id }) => id === item.id);
    if (!now || !isOpenToChange(now)) return undefined;
    return this.intoDraft(now);
  }

  /** What the hub has under the id of an item in conflict. */
  async theirs(item: Item): Promise<ContentInput | undefined> {
    const { submissions } = await ask(this.account.token, HandedInDocument, {});
    const other = submissions.nodes.find(({ submissionId }) => submissionId === item.id);
    return other?.content as ContentInput | undefined;
  }

  /** Makes a new submission of what differs from the hub's. */
  async sendAsNew(item: Item): Promise<Draft> {
    return this.intoDraft(item, crypto.randomUUID());
  }

  /** Out of the memory first, so that it is not sent while the disk is written. */
  private async intoDraft(item: Item, as = item.id): Promise<Draft> {
    const draft = asDraft(item, new Date().toISOString(), as);
    this.over.delete(draft.id);
    this.items.set(this.items.get().filter((other) => other.id !== item.id));
    this.drafts.set([...this.drafts.get(), draft]);
    await this.inOrder(async () =>
      this.store.write(
        await this.store.put("drafts", draft.id, draft),
        await this.store.remove("items", item.id),
      ),
    );
    return draft;
  }

  async forget(items: Item[]) {
    await this.inOrder(async () => {
      const removes = items.map(async (item) => [await this.store.remove("items", item.id), ...(await this.withoutPhotos(item))]);
      const settling = await this.settling(items.flatMap(leftBehind));
      await this.store.write(...(await Promise.all(removes)).flat(), ...settling);
    });
    void this.tellSettled();
    const gone = new Set(items.map(({ id }) => id));
    this.items.set(this.items.get().filter(({ id }) => !gone.has(id)));
  }

  /** Sends all that waits, whatever was agreed before. */
  async sendNow() {
    await this.keepItems(this.items.get().filter(({ state }) => state.is === "waiting").map(hurried));
    await this.run();
  }

  /** Sends what is due, and comes back for the rest. */
  async run() {
    if (this.sending || this.needsSignIn.get() || this.ended.signal.aborted) return;
    void this.upload();
    this.sending = true;
    const before = this.toldCount();
    try {
      const outcome = await send({
        items: this.items.get,
        keep: (items) => this.keepItems(items),
        submit: (items) => submit(this.account.token, items),
        now: Date.now,
        chance: Math.random,
      });
      if (outcome === "signin") this.needsSignIn.set(true);
    } catch {
      // The device could not keep what became of an item: it is sent again, and recorded once.
      this.isFull.set(true);
    } finally {
      this.sending = false;
    }
    if (this.toldCount() > before) void this.refresh();
    this.endIfDone();
    this.comeBack();
  }

  /** Uploads the photos that are due. What else waits is sent meanwhile, and a visit with its last photo. */
  private async upload() {
    const isDue = this.items.get().some((item) => isToUpload(item, Date.now()));
    if (!isDue || this.isUploading) return;
    this.isUploading = true;
    try {
      const [{ upload }, tus] = await afterGate(() =>
        Promise.all([import("./photos/uploader"), import("./photos/tus")]),
      );
      const outcome = await upload({
        items: () => (this.ended.signal.aborted ? [] : this.items.get()),
        keep: async (item) => {
          await this.keepItems([item]);
          if (isWhole(item)) void this.run();
        },
        bytesOf: (photo) => this.store.photo(photo.id),
        begin: (photo) => tus.begin(this.account.token, photo),
        add: (begun, piece) => tus.add(this.account.token, begun, piece),
        tell: (progress) => this.uploading.set(progress),
        now: Date.now,
        chance: Math.random,
      });
      if (outcome === "signin") this.needsSignIn.set(true);
    } catch (error) {
      if (!(error instanceof HubError)) this.isFull.set(true);
    } finally {
      this.isUploading = false;
    }
    this.endIfDone();
    this.comeBack();
  }

  /** How many the hub has told of: what it stored is new there, and what it refused may be outdated here. */
  private toldCount(): number {
    return this.items.get().filter(({ state }) => state.is === "stored" || state.is === "refused").length;
  }

  private comeBack() {
    clearTimeout(this.timer);
    const times = this.items.get().flatMap((item) => triedNext(item) ?? []);
    if (times.length === 0 || this.needsSignIn.get() || this.ended.signal.aborted) return;
    const wait = Math.max(Math.min(...times) - Date.now(), 1000);
    this.timer = setTimeout(() => void this.run(), wait);
  }

  private async keepItems(items: Item[]) {
    this.show(items);
    await this.inOrder(async () => {
      const changes = items.map(async (item) => [
        await this.store.put("items", item.id, item),
        ...(item.state.is === "stored" ? await this.withoutPhotos(item) : []),
      ]);
      const stored = items.filter(({ state }) => state.is === "stored");
      const settling = await this.settling(stored.flatMap(leftBehind));
      await this.store.write(...(await Promise.all(changes)).flat(), ...settling);
    });
  }

  // --- What was refused and nobody will mend --------------------------------------------------

  /** Keeps on the device what the hub is to be told, since there may be no signal now. */
  private async settling(ids: string[]): Promise<Change[]> {
    if (ids.length === 0) return [];
    this.settled = [...new Set([...this.settled, ...ids])];
    return [await this.store.put("facts", "settled", this.settled)];
  }

  /** Has the hub list those no more: a lead would look for somebody to mend them. Else it is told the next time. */
  private async tellSettled() {
    const ids = this.settled.slice(0, LET_GO);
    if (ids.length === 0) return;
    try {
      await ask(this.account.token, DismissRefusalsDocument, { ids });
      this.settled = this.settled.filter((id) => !ids.includes(id));
      await this.inOrder(async () => this.store.write(await this.store.put("facts", "settled", this.settled)));
    } catch (error) {
      this.failureOf(error);
    }
  }

  private show(items: Item[]) {
    const shown = new Map(this.items.get().map((item) => [item.id, item]));
    for (const item of items) shown.set(item.id, item);
    this.items.set([...shown.values()]);
  }

  private async forgetOld() {
    const oldest = Date.now() - KEPT_STORED;
    const isOld = ({ state }: Item) => state.is === "stored" && Date.parse(state.at) < oldest;
    await this.forget(this.items.get().filter(isOld));
  }

  // --- What calls for it --------------------------------------------------------------------

  private follow() {
    const { signal } = this.ended;
    const goOn = () => {
      void this.sendNow();
      void this.refresh();
    };
    addEventListener("online", goOn, { signal });
    document.addEventListener("visibilitychange", () => this.lookedAt(), { signal });
    navigator.serviceWorker?.addEventListener("message", () => void this.sendNow(), { signal });
    goOn();
  }

  private lookedAt() {
    if (document.visibilityState !== "visible") return;
    void this.run();
    const { last } = this.syncing.get();
    const isOld = !last || last.day !== today() || Date.now() - Date.parse(last.at) > STALE;
    if (isOld) void this.refresh();
  }

  private inOrder(write: () => Promise<void>): Promise<void> {
    const done = this.written.then(write).then(() => {
      if (this.isFull.get()) this.isFull.set(false);
    });
    this.written = done.catch(() => {});
    return done;
  }
}

/** The unlocked device; nothing while it is locked. */
export const live = new Cell<Live | undefined>(undefined);

/** Has the memory follow the device: what is locked is held no longer than there is to be sent. */
export function followDevice() {
  let store: Store | undefined;
  let leaving: Live | undefined;
  const look = async () => {
    const now = device.get();
    if (now.state === "open" && now.store === store) return live.get()?.renewed(now.account);
    const before = live.get();
    live.set(undefined);
    store = now.state === "open" ? now.store : undefined;
    if (now.state === "locked") {
      before?.leave();
      leaving = before;
    } else {
      before?.close();
      leaving?.close();
    }
    if (now.state === "open") await begin(now.store, now.account);
  };
  const begin = async (opening: Store, account: Account) => {
    await takeOver();
    const opened = await Live.open(opening, account);
    if (store === opening) live.set(opened);
    else opened.close();
  };
  device.subscribe(() => void look());
  void look();
}

let letGo = () => {};

/** One window alone holds the device: this one takes it, and another that had it locks itself. */
async function takeOver() {
  if (!navigator.locks) return;
  letGo();
  await new Promise<void>((taken) => {
    const held = navigator.locks.request("nuanyang-station", { steal: true }, () => {
      taken();
      return new Promise<void>((done) => {
        letGo = done;
      });
    });
    held.catch(() => device.lock());
  });
}

/** Has the browser wake the app's worker once there is a signal, where it can. */
async function askForBackground() {
  const registration = await navigator.serviceWorker?.getRegistration();
  const { sync: background } = (registration ?? {}) as { sync?: { register(tag: string): Promise<void> } };
  await background?.register("outbox").catch(() => {});
}
