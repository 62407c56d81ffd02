import { useLocation } from "wouter";
import type { LedgerKind } from "../../generated/hub";
import { today } from "../caseload/day";
import { blankEntry } from "../forms/entry";
import type { Form } from "../forms/form";
import { blankHousehold } from "../forms/household";
import { t } from "../i18n";
import type { Live } from "../live";
import { choicesOf } from "../rules/rules";
import { Heading } from "../../shared/ui/parts";

/** Begins the entry of someone who is not on the list, in one of the three ledgers, or their household. */
export function New({ live }: { live: Live }) {
  const [, go] = useLocation();
  const begin = (form: Form) => {
    const id = crypto.randomUUID();
    const subject = { personId: "", householdId: null, name: "" };
    live.keepDraft({ id, subject, form, changedAt: new Date().toISOString(), problems: [] });
    go(`/drafts/${id}`, { replace: true });
  };
  const enter = (ledger: LedgerKind) => begin(blankEntry(ledger, today(), false));
  return (
    <div className="page narrow">
      <Heading>{t("entry.new")}</Heading>
      <p className="muted">{t("entry.newHint")}</p>
      {choicesOf("LedgerKind").map(([ledger, word]) => (
        <button key={ledger} type="button" className="button wide" onClick={() => enter(ledger)}>
          {t("closure.ledger", { ledger: word })}
        </button>
      ))}
      <p className="muted">{t("household.newHint")}</p>
      <button type="button" className="button wide" onClick={() => begin(blankHousehold())}>
        {t("household.begin")}
      </button>
    </div>
  );
}
