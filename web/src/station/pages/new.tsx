import { useLocation } from "wouter";
import type { LedgerKind } from "../../generated/hub";
import { today } from "../caseload/day";
import { blankEntry } from "../forms/entry";
import { t } from "../i18n";
import type { Live } from "../live";
import { choicesOf } from "../rules/rules";
import { Heading } from "../../shared/ui/parts";

/** Begins the entry of someone who is not on the list, in one of the three ledgers. */
export function New({ live }: { live: Live }) {
  const [, go] = useLocation();
  const begin = (ledger: LedgerKind) => {
    const id = crypto.randomUUID();
    const subject = { personId: "", householdId: null, name: "" };
    const form = blankEntry(ledger, today(), false);
    live.keepDraft({ id, subject, form, changedAt: new Date().toISOString(), problems: [] });
    go(`/drafts/${id}`, { replace: true });
  };
  return (
    <div className="page narrow">
      <Heading>{t("entry.new")}</Heading>
      <p className="muted">{t("entry.newHint")}</p>
      {choicesOf("LedgerKind").map(([ledger, word]) => (
        <button key={ledger} type="button" className="button wide" onClick={() => begin(ledger)}>
          {t("closure.ledger", { ledger: word })}
        </button>
      ))}
    </div>
  );
}
