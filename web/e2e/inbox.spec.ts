import { expect, test } from "@playwright/test";
import { dayFromNow, enter, handIn, item } from "./app.ts";
import { account } from "./desk.ts";
import { Hub, STATION } from "./hub.ts";
import { PEOPLE } from "./seed.ts";

const REPORT = "STATION_MONTHLY_REPORT";
/** Of a month that is over, and that no other test signs. */
const DAY = dayFromNow(-62);

/** A client of its own, by the token of a new account. */
function as(username: string, ...rest: string[]): Hub {
  return new Hub(Hub.ofTests().url, account("add", username, "--name", "孙敏", ...rest));
}

interface Sheet {
  statutoryTable: { digest: string };
}

/** The lead signs the report, and the officer of the county returns it for an entry of the ledger. */
async function returnFor(name: string, reason: string, answerBy: string) {
  const lead = as("lead-inbox", "--role", "station-lead", "--station", STATION);
  const officer = as("officer-inbox", "--role", "county-officer", "--county", "410802");
  const asked = { code: REPORT, day: DAY, place: STATION };
  const look = `query ($code: String!, $day: Date!, $place: String!) {
    statutoryTable(code: $code, day: $day, place: $place) { digest } }`;
  const { statutoryTable } = await lead.ask<Sheet>(look, asked);
  const sign = `mutation ($code: String!, $day: Date!, $place: String!, $digest: String!) {
    signTable(code: $code, day: $day, place: $place, digest: $digest) { signature { id } } }`;
  type Signed = { signTable: { signature: { id: string } } };
  const { signTable } = await lead.ask<Signed>(sign, { ...asked, digest: statutoryTable.digest });
  const back = `mutation ($id: UUID!, $reason: String!, $record: ID!, $answerBy: Date!) {
    returnTable(id: $id, reason: $reason, record: $record, answerBy: $answerBy) { id } }`;
  await officer.ask(back, { id: signTable.signature.id, reason, record: await entryOf(name), answerBy });
}

async function entryOf(name: string): Promise<string> {
  const query = `query ($name: String!) {
    persons(filter: { namePrefix: $name }) { nodes { ledgerEntries(first: 5) { nodes { id } } } } }`;
  type Answer = { persons: { nodes: { ledgerEntries: { nodes: { id: string }[] } }[] } };
  const { persons } = await Hub.ofTests().ask<Answer>(query, { name });
  return persons.nodes[0]?.ledgerEntries.nodes[0]?.id ?? "";
}

test("a returned entry is told with its reason and its day, answered without a signal, and goes once the hub has it", async ({ page, context }) => {
  await returnFor(PEOPLE.returned, "居住状况与探访所见不符，请核实", dayFromNow(5));
  await enter(page);
  await page.getByRole("link", { name: /^退回/ }).click();
  const card = page.locator(".card", { hasText: PEOPLE.returned });
  await expect(card).toContainText("居住状况与探访所见不符，请核实");
  await expect(card).toContainText("孙敏");
  await expect(card).toContainText("5 天内到期");
  await context.setOffline(true);
  await card.getByRole("button", { name: "改正并报送" }).click();
  // What stands on record is in the form: what is left as it is stays.
  await expect(page.getByRole("radio", { name: "独居" })).toBeChecked();
  await page.getByLabel("备注").fill("与邻居核实，确为独居");
  await handIn(page);
  await page.getByRole("link", { name: /^退回/ }).click();
  await expect(card).toContainText("本机已就此人（户）报送过");
  await context.setOffline(false);
  await expect(card).toHaveCount(0);
  await page.getByRole("link", { name: /^待发/ }).click();
  await expect(item(page, PEOPLE.returned, "登记")).toContainText("已入库");
  const query = `query ($id: ID!) { node(id: $id) { ... on ElderlyEntry { livingArrangement remark version } } }`;
  const { node } = await Hub.ofTests().ask<{ node: object }>(query, { id: await entryOf(PEOPLE.returned) });
  expect(node).toEqual({ livingArrangement: "ALONE", remark: "与邻居核实，确为独居", version: 2 });
});
