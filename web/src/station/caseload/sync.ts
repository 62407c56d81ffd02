import {
  CaseIndexDocument,
  type CaseIndexQuery,
  type CasePersonFragment,
  CasesDocument,
  LargeHouseholdDocument,
  VillagesDocument,
} from "../../generated/hub";
import { ask } from "../hub/client";
import type { Account, Store, Village } from "../device/store";
import { type Case, markOf } from "./case";

type IndexNode = CaseIndexQuery["workDue"]["nodes"][number];

/** People asked for at once; the answer of so many stays well below a second of a slow line. */
const AT_ONCE = 50;

/**
 * Brings the list on the device up to date: first the index, which tells what changed; then the
 * people who did. Whoever the index no longer has, is removed. Gives the list as it stands now.
 */
export async function sync(store: Store, account: Account, held: Case[], day: string): Promise<Case[]> {
  const index = await indexOf(account, day);
  const known = new Map(held.map((one) => [one.id, one]));
  const changed = index.filter(({ mark, id }) => known.get(id)?.mark !== mark).map(({ id }) => id);
  const people = await peopleOf(account, day, changed);
  const now = index.flatMap(({ id, due, mark }) => {
    const person = people.get(id) ?? known.get(id)?.person;
    return person ? [{ id, due, mark, person }] : [];
  });
  await keep(store, known, now, { at: new Date().toISOString(), day });
  return now;
}

/** The villages of the station's township, which change with the law alone. */
export async function villagesOf(store: Store, { token, station }: Account): Promise<Village[]> {
  const answer = await ask(token, VillagesDocument, { station: station.code });
  const villages = answer.station?.division?.children.nodes ?? [];
  await store.write(await store.put("facts", "villages", villages));
  return villages;
}

async function indexOf(account: Account, day: string) {
  const stations = [account.station.code];
  const nodes: IndexNode[] = [];
  for (let after: string | null = null; ; ) {
    const page: CaseIndexQuery = await ask(account.token, CaseIndexDocument, { stations, day, after });
    nodes.push(...page.workDue.nodes);
    if (!page.workDue.pageInfo.hasNextPage) break;
    after = page.workDue.pageInfo.endCursor ?? null;
  }
  return nodes.flatMap((node) => {
    if (!node.person) return [];
    const { state, dueOn, overdue, changedOn, excuse } = node;
    const due = { state, dueOn, overdue, changedOn, excuse };
    return [{ id: node.person.id, due, mark: markOf(node) }];
  });
}

async function peopleOf(account: Account, day: string, ids: string[]) {
  const stations = [account.station.code];
  const people = new Map<string, Case["person"]>();
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const asked = { ids: ids.slice(start, start + AT_ONCE), stations, day };
    const { nodes } = await ask(account.token, CasesDocument, asked);
    for (const node of nodes) if (node && isPerson(node)) people.set(node.id, node);
  }
  await completeHouseholds(account, [...people.values()]);
  return people;
}

/** Asks for all members of households that came with a part of them, once for each household. */
async function completeHouseholds({ token }: Account, people: CasePersonFragment[]) {
  const homes = people.flatMap(({ household }) => (household?.members.pageInfo.hasNextPage ? [household] : []));
  for (const id of new Set(homes.map((home) => home.id))) {
    const { household } = await ask(token, LargeHouseholdDocument, { id });
    for (const home of homes) if (home.id === id && household) Object.assign(home, household);
  }
}

function isPerson(node: object): node is CasePersonFragment {
  return "id" in node;
}

async function keep(
  store: Store,
  known: Map<string, Case>,
  now: Case[],
  fact: { at: string; day: string },
) {
  const differs = (one: Case) => JSON.stringify(known.get(one.id)) !== JSON.stringify(one);
  const puts = now.filter(differs).map((one) => store.put("cases", one.id, one));
  const here = new Set(now.map(({ id }) => id));
  const gone = [...known.keys()].filter((id) => !here.has(id));
  const removes = gone.map((id) => store.remove("cases", id));
  const changes = await Promise.all([...puts, ...removes, store.put("facts", "sync", fact)]);
  await store.write(...changes);
}
