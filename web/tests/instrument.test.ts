import { expect, test } from "vitest";
import published from "../instruments.json";
import { type Instrument, itemsOf, scored, suits } from "../src/station/assessment/instrument";

const instruments = published.instruments as unknown as Instrument[];

function instrumentOf(code: string): Instrument {
  const found = instruments.find((one) => one.code === code);
  if (!found) throw new Error(code);
  return found;
}

test("every example is scored as the hub scores it", () => {
  expect(published.examples.length).toBeGreaterThan(instruments.length);
  for (const { instrument: code, version, values, score, level } of published.examples) {
    const instrument = instrumentOf(code);
    expect(instrument.version).toBe(version);
    const given = values.split(" ").map(Number);
    const answers = Object.fromEntries(itemsOf(instrument).map((item, i) => [item.code, given[i] ?? NaN]));
    const told = scored(instrument, answers);
    expect([told.score, told.level?.code, told.missing], `${code} ${values}`).toEqual([score, level, []]);
  }
});

test("what is not answered is missing, and a level that a rule moved says why", () => {
  const instrument = instrumentOf("older-adult-ability");
  const best = Object.fromEntries(itemsOf(instrument).map(({ code, options }) => [code, options[0]?.value ?? 0]));
  const { eating: _, ...others } = best;
  expect(scored(instrument, others).missing.map(({ code }) => code)).toEqual(["eating"]);
  expect(scored(instrument, best).raisedBy).toEqual([]);
  expect(scored(instrument, { ...best, dementia: 1 }).raisedBy).toHaveLength(1);
});

test("instruments are for those of their age", () => {
  const child = instrumentOf("child-risk");
  expect([suits(child, 17), suits(child, 18), suits(child, undefined)]).toEqual([true, false, true]);
  const elder = instrumentOf("older-adult-ability");
  expect([suits(elder, 59), suits(elder, 60)]).toEqual([false, true]);
});
