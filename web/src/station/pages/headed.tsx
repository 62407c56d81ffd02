import { type HouseholdForm, homesHeadedBy, householdForm, householdOn, subjectOfHousehold } from "../forms/household";
import { t } from "../i18n";
import type { Live } from "../live";
import type { Draft } from "../outbox/item";
import { useCell } from "../../shared/ui/cell";
import { Notice } from "../../shared/ui/parts";

/** Whether the hub refused a new household since its head has one: its members are changed, or another heads this one. */
export function isHeaded({ form, problems }: Draft): boolean {
  const isNew = form.kind === "household" && !("id" in form.head);
  return isNew && problems.some(({ code }) => code === "VERSION_OUTDATED");
}

/** The ways out: what was written goes onto the household that there is, or is put right here. */
export function Headed({ live, draft, form }: { live: Live; draft: Draft; form: HouseholdForm }) {
  const homes = homesHeadedBy(form, useCell(live.cases));
  const { name } = form.head;
  return (
    <Notice kind="caution">
      <p>{t(homes.length > 0 ? "headed.change" : "headed.unlisted", { name })}</p>
      {homes.map((home) => {
        const merged = householdOn(householdForm(home), form);
        const next = { ...draft, form: merged, subject: subjectOfHousehold(merged, home.id), problems: [] };
        return (
          <p key={home.id}>
            <button
              type="button"
              className="button"
              onClick={() => live.keepDraft({ ...next, changedAt: new Date().toISOString() })}
            >
              {t("headed.do", { name, address: home.address ?? "" })}
            </button>
          </p>
        );
      })}
      <p>{t("headed.other", { name })}</p>
    </Notice>
  );
}
