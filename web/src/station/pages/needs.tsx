import { t } from "../i18n";
import type { NeedForm } from "../forms/parts";
import { choicesOf } from "../rules/rules";
import { LongTextField, OneOf, SelectField } from "../../shared/ui/fields";
import { type Faults, faultUnder } from "./faults";

/** The needs that were found, as many as there are. */
export function Needs({
  needs,
  change,
  faults,
}: {
  needs: NeedForm[];
  change: (changed: { needs: NeedForm[] }) => void;
  faults: Faults;
}) {
  const changed = (at: number, part: Partial<NeedForm>) =>
    change({ needs: needs.map((need, i) => (i === at ? { ...need, ...part } : need)) });
  const add = () => change({ needs: [...needs, { domain: "SUPPLIES", urgency: "NORMAL", remark: "" }] });
  return (
    <section className="form">
      <h2>{t("visit.needs")}</h2>
      {needs.map((need, i) => (
        <fieldset key={i} className="panel">
          <legend className="hidden">{t("visit.need", { n: i + 1 })}</legend>
          <SelectField
            label={t("visit.needDomain")}
            choices={choicesOf("NeedDomain")}
            value={need.domain}
            change={(domain) => changed(i, { domain })}
          />
          <OneOf
            label={t("visit.needUrgency")}
            choices={choicesOf("Urgency")}
            value={need.urgency}
            change={(urgency) => changed(i, { urgency })}
          />
          <LongTextField
            label={t("visit.needRemark")}
            optional
            value={need.remark}
            change={(remark) => changed(i, { remark })}
            fault={faultUnder(faults, `needs[${i}].remark`)}
          />
          <button
            type="button"
            className="button plain"
            aria-label={t("visit.needRemove", { n: i + 1 })}
            onClick={() => change({ needs: needs.filter((_, at) => at !== i) })}
          >
            {t("common.remove")}
          </button>
        </fieldset>
      ))}
      <button type="button" className="button" onClick={add}>
        {t("visit.needAdd")}
      </button>
    </section>
  );
}

