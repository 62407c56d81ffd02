import { useCallback, useEffect, useState } from "react";
import { ImportsDocument, StationsDocument, StatutoryTablesDocument, TableSheetDocument } from "../generated/desk";
import { today } from "./figures";
import { ask, HubError } from "./hub/client";
import { type Account, session } from "./session";

export interface Station {
  code: string;
  name: string;
}

/** What the hub lets an account do here. It is asked; the desk has no rule of its own. */
export type Reach =
  | { is: "asking" }
  /** The stations whose files this account may look at and take in; none where it may for no station. */
  | { is: "known"; importStations: Station[]; hasTables: boolean }
  | { is: "broken"; error: unknown; again: () => void };

export function useReach(account: Account): Reach {
  const [reach, setReach] = useState<Reach>({ is: "asking" });
  const look = useCallback(() => {
    setReach({ is: "asking" });
    reachOf(account).then(setReach, (error: unknown) => {
      session.heed(error);
      setReach({ is: "broken", error, again: look });
    });
  }, [account]);
  useEffect(look, [look]);
  return reach;
}

async function reachOf(account: Account): Promise<Reach> {
  const stations = account.stations ?? (await allStations());
  const [first] = stations;
  if (!first) return { is: "known", importStations: [], hasTables: false };
  const [mayImport, hasTables] = await Promise.all([
    isLetIn(ask(ImportsDocument, { station: first.code })),
    isLetIn(anyTable(first.code)),
  ]);
  const sorted = [...stations].sort((a, b) => a.code.localeCompare(b.code));
  return { is: "known", importStations: mayImport ? sorted : [], hasTables };
}

/** The table of one station, which is soon made. */
async function anyTable(place: string): Promise<unknown> {
  const { statutoryTables } = await ask(StatutoryTablesDocument, {});
  const code = statutoryTables[0]?.code ?? "";
  return ask(TableSheetDocument, { code, day: today(), place });
}

async function allStations(): Promise<Station[]> {
  const found: Station[] = [];
  let after: string | null = null;
  do {
    const { stations }: { stations: { nodes: Station[]; pageInfo: Page } } = await ask(StationsDocument, { after });
    found.push(...stations.nodes);
    after = stations.pageInfo.hasNextPage ? stations.pageInfo.endCursor : null;
  } while (after);
  return found;
}

interface Page {
  hasNextPage: boolean;
  endCursor: string | null;
}

async function isLetIn(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch (error) {
    if (error instanceof HubError && error.failure === "refused") return false;
    throw error;
  }
}
