import { describe, expect, test } from "vitest";
import { HubError } from "../src/shared/failure";
import {
  afterEnd,
  answered,
  asDraft,
  handedIn,
  isDue,
  isOpenToChange,
  type Item,
  leaving,
  leftBehind,
  type Receipt,
  unanswered,
} from "../src/station/outbox/item";
import { type Ground, send } from "../src/station/outbox/sender";
import { contentOf } from "../src/station/forms/form";
import { blankVisit } from "../src/station/forms/visit";

const NOW = Date.parse("2026-10-31T08:00:00Z");

function item(id: string): Item {
  const subject = { personId: `P${id}`, householdId: null, name: "王小明" };
  const form = blankVisit("2026-10-31", "王芳");
  const submission = { id, station: "S1", content: contentOf(form, subject) };
  const draft = { id, subject, form, changedAt: "", problems: [] };
  return handedIn(draft, submission, "2026-10-31T07:59:00Z");
}

function receipt(submissionId: string, status: Receipt["status"] = "STORED"): Receipt {
  const problems =
    status === "REJECTED" ? [{ code: "DATE_ORDER", path: "visitedOn", value: null, message: "早了", repair: null }] : [];
  return { submissionId, status, recordedAt: "2026-10-31T08:00:01Z", problems };
}

/** A device whose disk and hub are in the test's hands. */
class Device implements Ground {
  kept = new Map<string, Item>();
  calls: string[][] = [];
  time = NOW;
  answer: (ids: string[]) => Receipt[] = (ids) => ids.map((id) => receipt(id));

  constructor(...ids: string[]) {
    for (const id of ids) this.kept.set(id, item(id));
  }

  items = () => [...this.kept.values()];
  now = () => this.time;
  chance = () => 0.5;

  async keep(items: Item[]) {
    for (const one of items) this.kept.set(one.id, one);
  }

  async submit(items: { id: string }[]) {
    const ids = items.map(({ id }) => id);
    // What leaves the device is known on its disk to have left.
    for (const id of ids) expect(this.kept.get(id)?.state.is).toBe("sending");
    this.calls.push(ids);
    return this.answer(ids);
  }

  states = () => this.items().map(({ state }) => state.is);
}

describe("sending", () => {
  test("sends all that is due and keeps what became of each", async () => {
    const device = new Device("a", "b", "c");
    device.answer = ([a = "", b = "", c = ""]) => [receipt(a), receipt(b, "REJECTED"), receipt(c, "REPLAYED")];
    expect(await send(device)).toBe("done");
    expect(device.states()).toEqual(["stored", "refused", "stored"]);
    expect(device.calls).toHaveLength(1);
  });

  test("one item that makes the hub refuse the call does not hold the others up", async () => {
    const device = new Device("a", "bad", "c");
    device.answer = (ids) => {
      if (ids.includes("bad")) throw new HubError("refused", "no such choice");
      return ids.map((id) => receipt(id));
    };
    expect(await send(device)).toBe("done");
    expect(device.states()).toEqual(["stored", "refused", "stored"]);
  });

  test("a line that breaks leaves everything waiting, for longer each time", async () => {
    const device = new Device("a", "b");
    device.answer = () => {
      throw new HubError("offline", "broken");
    };
    expect(await send(device)).toBe("later");
    const waits = [];
    for (let round = 0; round < 12; round++) {
      const state = device.items()[0]?.state;
      if (state?.is !== "waiting") throw new Error("not waiting");
      waits.push(state.notBefore - device.time);
      device.time = state.notBefore;
      await send(device);
    }
    expect(waits.slice(0, 4)).toEqual([5_000, 10_000, 20_000, 40_000]);
    expect(Math.max(...waits)).toBe(15 * 60_000);
    expect(device.states()).toEqual(["waiting", "waiting"]);
  });

  test("what is not due yet is not sent, and what is, is", async () => {
    const device = new Device("a", "b");
    const later = { is: "waiting", tries: 1, notBefore: NOW + 1 } as const;
    await device.keep([{ ...item("a"), state: later }]);
    await send(device);
    expect(device.calls).toEqual([["b"]]);
  });

  test("the hub's Retry-After is waited for", () => {
    const busy = unanswered(leaving(item("a")), new HubError("busy", "", 120), NOW, 0.5);
    expect(isDue(busy, NOW + 119_999)).toBe(false);
    expect(isDue(busy, NOW + 120_000)).toBe(true);
  });

  test("an ended session keeps items due, to go on at once after signing in", async () => {
    const device = new Device("a");
    device.answer = () => {
      throw new HubError("signin", "ended");
    };
    expect(await send(device)).toBe("signin");
    expect(isDue(device.items()[0] ?? item("x"), NOW)).toBe(true);
  });

  test("an answer that leaves an item out is no receipt of it", async () => {
    const device = new Device("a", "b");
    device.answer = ([a = ""]) => [receipt(a)];
    await send(device);
    expect(device.states()).toEqual(["stored", "waiting"]);
  });

  test("a fault of the device itself is not taken for one of the line", async () => {
    const device = new Device("a");
    device.answer = () => {
      throw new TypeError("a bug");
    };
    await expect(send(device)).rejects.toThrow("a bug");
  });
});

describe("an item", () => {
  test("is sent again with the same id and content after the app ended on the way", () => {
    const ended = afterEnd(leaving(item("a")));
    expect(isDue(ended, NOW)).toBe(true);
    expect(ended.submission).toEqual(item("a").submission);
  });

  test("is open to change only where the hub surely has nothing of it", () => {
    const fresh = item("a");
    const going = leaving(fresh);
    expect(isOpenToChange(fresh)).toBe(true);
    expect(isOpenToChange(going)).toBe(false);
    expect(isOpenToChange(afterEnd(going))).toBe(false);
    expect(isOpenToChange(unanswered(going, new HubError("offline", ""), NOW, 0.5))).toBe(false);
    expect(isOpenToChange(answered(going, receipt("a", "REJECTED"), ""))).toBe(true);
    expect(isOpenToChange(answered(going, receipt("a"), ""))).toBe(false);
  });

  test("leaves behind with the hub what was refused, once it is dropped or stored under another id", () => {
    const sent = leaving(item("a"));
    const refused = answered(sent, receipt("a", "REJECTED"), "");
    expect(leftBehind(item("a"))).toEqual([]);
    expect(leftBehind(answered(sent, receipt("a"), ""))).toEqual([]);
    expect(leftBehind(refused)).toEqual(["a"]);
    // Mended under its own id, it takes the refusal away with it; dropped on the way, it does not.
    const draft = asDraft(refused, "");
    expect([draft.id, draft.refusedAs, draft.problems.length]).toEqual(["a", ["a"], 1]);
    const again = handedIn(draft, refused.submission, "");
    expect(asDraft(again, "").refusedAs).toEqual(["a"]);
    expect(leftBehind(answered(again, receipt("a"), ""))).toEqual([]);
  });

  test("that was in conflict is left behind only once the new one is stored", () => {
    const conflict = answered(leaving(item("a")), receipt("a", "CONFLICT"), "");
    const anew = asDraft(conflict, "", "b");
    expect([anew.id, anew.refusedAs, anew.problems]).toEqual(["b", ["a"], []]);
    const sent = handedIn(anew, { ...conflict.submission, id: "b" }, "");
    expect(leftBehind(answered(sent, receipt("b"), ""))).toEqual(["a"]);
    expect(leftBehind(answered(sent, receipt("b", "REJECTED"), ""))).toEqual(["a", "b"]);
  });
});
