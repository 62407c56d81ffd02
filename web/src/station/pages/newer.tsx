import type { Form } from "../forms/form";
import type { Newer as NewerOf } from "../forms/newer";
import { t } from "../i18n";
import type { Live } from "../live";
import { useCell } from "../../shared/ui/cell";
import { Notice } from "../../shared/ui/parts";
import { SidesOfForms } from "./sides";

/** That the hub has a newer version of what is being changed, and both side by side. */
export function Newer({ live, mine, newer, merge }: { live: Live; mine: Form; newer: NewerOf; merge: () => void }) {
  const villages = useCell(live.villages);
  return (
    <Notice kind="caution">
      <p>{t(newer.version > 0 ? "newer.intro" : "newer.closed")}</p>
      <SidesOfForms mine={mine} theirs={newer.theirs} villages={villages} />
      <p className="actions">
        <button type="button" className="button" onClick={merge}>
          {t(newer.version > 0 ? "newer.merge" : "newer.reopen")}
        </button>
      </p>
    </Notice>
  );
}
