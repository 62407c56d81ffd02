import { type ComponentType, useEffect, useState } from "react";
import type { NeedDomain } from "../../generated/hub";
import { today } from "../caseload/day";
import type { VisitForm } from "../forms/visit";
import { t } from "../i18n";
import type { Live } from "../live";
import type { Draft } from "../outbox/item";
import { choicesOf, wordOf } from "../rules/rules";
import { useCell } from "../../shared/ui/cell";
import { type Choice, LongTextField, OneOf, SomeOf, TextField } from "../../shared/ui/fields";
import { type Faults, faultUnder } from "./faults";
import { Needs } from "./needs";
import { PlaceField } from "./place";

interface Part {
  values: VisitForm;
  change: (changed: Partial<VisitForm>) => void;
  faults: Faults;
}

/** The fields of a visit. */
export function VisitFields({ live, draft, ...part }: Part & { live: Live; draft: Draft }) {
  const { values, change, faults } = part;
  return (
    <>
      <When {...part} hasHousehold={draft.subject.householdId !== null} />
      <Seen {...part} />
      <SomeOf
        label={t("visit.services")}
        choices={choicesOf("Service")}
        value={values.services}
        change={(services) => change({ services })}
      />
      <Met {...part} live={live} personId={draft.subject.personId} />
      <Needs needs={values.needs} change={change} faults={faults} />
      <More {...part} />
      <PhotosField live={live} draft={draft} fault={faultUnder(part.faults, "photos")} />
    </>
  );
}

type PhotosPart = { live: Live; draft: Draft; fault: string | undefined };

/** Comes once somebody writes about a visit: none of the other pages needs it. */
function PhotosField(props: PhotosPart) {
  const [photos, setPhotos] = useState<{ Field: ComponentType<PhotosPart> }>();
  useEffect(() => {
    let wanted = true;
    import("./photos").then(({ default: Field }) => wanted && setPhotos({ Field }), () => {});
    return () => {
      wanted = false;
    };
  }, []);
  return photos ? <photos.Field {...props} /> : null;
}

function When({ values, change, faults, hasHousehold }: Part & { hasHousehold: boolean }) {
  return (
    <>
      {hasHousehold && (
        <OneOf
          label={t("visit.subject")}
          value={values.subject}
          change={(chosen) => change({ subject: chosen })}
          hint={values.subject === "household" ? t("visit.householdHint") : undefined}
          choices={[
            ["person", t("visit.person")],
            ["household", t("visit.household")],
          ]}
        />
      )}
      <OneOf
        label={t("visit.mode")}
        choices={choicesOf("VisitMode")}
        value={values.mode}
        change={(mode) => change({ mode })}
      />
      <div className="pair">
        <TextField
          label={t("visit.visitedOn")}
          type="date"
          max={today()}
          value={values.visitedOn}
          change={(visitedOn) => change({ visitedOn })}
          fault={faults.get("visitedOn")}
        />
        <TextField
          label={t("visit.minutes")}
          inputMode="numeric"
          optional
          value={values.minutes}
          change={(minutes) => change({ minutes })}
          fault={faults.get("minutes")}
        />
      </div>
      <TextField
        label={t("visit.workers")}
        value={values.workers}
        change={(workers) => change({ workers })}
        fault={faultUnder(faults, "workers")}
      />
      <TextField
        label={t("visit.met")}
        optional
        value={values.met}
        change={(met) => change({ met })}
        fault={faults.get("met")}
      />
    </>
  );
}

function Seen({ values, change, faults }: Part) {
  return (["living", "body", "mind"] as const).map((field) => (
    <LongTextField
      key={field}
      label={t(`visit.${field}`)}
      optional
      value={values[field]}
      change={(text) => change({ [field]: text })}
      fault={faults.get(field)}
    />
  ));
}

/** Which of the open needs were met. */
function Met({ live, personId, values, change }: Part & { live: Live; personId: string }) {
  const one = useCell(live.cases).find(({ id }) => id === personId);
  const open = one?.person.needs.nodes.flatMap(({ domain }) => (domain ? [domain] : [])) ?? [];
  const listed = [...new Set([...open, ...values.needsMet])];
  if (listed.length === 0) return null;
  const choices = listed.map((domain): Choice<NeedDomain> => [domain, wordOf("NeedDomain", domain)]);
  return (
    <SomeOf
      label={t("visit.needsMet")}
      choices={choices}
      value={values.needsMet}
      change={(needsMet) => change({ needsMet })}
    />
  );
}

function More({ values, change, faults }: Part) {
  return (
    <>
      <TextField
        label={t("visit.nextVisitOn")}
        type="date"
        optional
        min={values.visitedOn}
        value={values.nextVisitOn}
        change={(nextVisitOn) => change({ nextVisitOn })}
        fault={faults.get("nextVisitOn")}
      />
      <PlaceField value={values.place} change={(place) => change({ place })} fault={faults.get("place")} />
      <LongTextField
        label={t("visit.remark")}
        optional
        value={values.remark}
        change={(remark) => change({ remark })}
        fault={faults.get("remark")}
      />
    </>
  );
}
