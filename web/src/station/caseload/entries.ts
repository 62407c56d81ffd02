import { useEffect, useState } from "react";
import { EntriesNowDocument } from "../../generated/hub";
import { blankEntry, entryAgain, entryOn } from "../forms/entry";
import type { Newer } from "../forms/newer";
import { ask } from "../hub/client";
import type { Live } from "../live";
import type { Draft } from "../outbox/item";
import { today } from "./day";

/**
 * The newer version of a ledger entry that the hub refused a form for. The list does not hold entries
 * whole, so it is asked for; where there is no signal, it is looked for when the page is opened again.
 */
export function useNewerEntry(live: Live, draft: Draft): Newer | undefined {
  const [newer, setNewer] = useState<Newer>();
  const { id, form, problems } = draft;
  const isOutdated = form.kind === "entry" && problems.some(({ code }) => code === "VERSION_OUTDATED");
  useEffect(() => {
    let wanted = true;
    if (isOutdated) newestOf(live, draft).then((found) => wanted && setNewer(found), () => {});
    else setNewer(undefined);
    return () => {
      wanted = false;
    };
  }, [live, id, isOutdated]);
  return newer && form.kind === "entry" && newer.theirs.kind === "entry"
    ? { ...newer, merged: entryOn(newer.theirs, form) }
    : undefined;
}

async function newestOf(live: Live, { form, subject }: Draft): Promise<Newer | undefined> {
  if (form.kind !== "entry") return undefined;
  const { token, station } = live.account;
  const asked = { person: subject.personId, station: station.code, day: today() };
  const { person } = await ask(token, EntriesNowDocument, asked);
  const entry = person?.ledgerEntries.nodes.find(({ kind }) => kind === form.ledger);
  const theirs = entry ? entryAgain(entry) : blankEntry(form.ledger, form.openedOn, true);
  return { version: entry?.version ?? 0, theirs, merged: theirs };
}
