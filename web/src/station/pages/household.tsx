import { useState } from "react";
import { search } from "../caseload/search";
import { type Home, type HouseholdForm, isKnown, type MemberForm, type Whom } from "../forms/household";
import { blankPerson, type PersonForm } from "../forms/person";
import { t } from "../i18n";
import type { Live } from "../live";
import { choicesOf, rules } from "../rules/rules";
import { useCell } from "../../shared/ui/cell";
import { OneOf, TextField } from "../../shared/ui/fields";
import type { Faults } from "./faults";
import { useInitials } from "./people";
import { PersonFields, VillageField } from "./whom";

interface Part {
  live: Live;
  values: HouseholdForm;
  change: (changed: Partial<HouseholdForm>) => void;
  faults: Faults;
}

/** The fields of a household: under whom it is registered, where it lives, and who belongs to it. */
export function HouseholdFields({ live, values, change, faults }: Part) {
  const { home } = values;
  const set = (part: Partial<Home>) => change({ home: { ...home, ...part } });
  return (
    <>
      <Head live={live} values={values} change={change} faults={faults} />
      <VillageField
        live={live}
        value={home.village}
        change={(village) => set({ village })}
        fault={faults.get("village")}
      />
      <TextField
        label={t("person.address")}
        optional
        autoComplete="off"
        value={home.address}
        change={(address) => set({ address })}
        fault={faults.get("address")}
      />
      <OneOf
        label={t("person.income")}
        choices={[["", t("entry.unknown")], ...choicesOf("IncomeClass")]}
        value={home.incomeClass}
        change={(incomeClass) => set({ incomeClass })}
      />
      <Members
        live={live}
        head={values.head}
        members={home.members}
        change={(members) => set({ members })}
        faults={faults}
      />
    </>
  );
}

function Head({ live, values, change, faults }: Part) {
  const { head } = values;
  const written = isKnown(head) ? head.written : head;
  if (!written) return <p className="muted">{t("person.householdOf", { name: head.name })}</p>;
  const set = (part: Partial<PersonForm>) => {
    const person = { ...written, ...part };
    change({ head: isKnown(head) ? { ...head, written: person } : person });
  };
  return (
    <section className="form">
      <h2>{t("household.head")}</h2>
      <PersonFields
        live={live}
        at="head"
        values={written}
        change={set}
        faults={faults}
      />
    </section>
  );
}

interface MembersPart {
  live: Live;
  members: MemberForm[];
  change: (members: MemberForm[]) => void;
  faults: Faults;
}

function Members({ live, head, members, change, faults }: MembersPart & { head: Whom }) {
  const changed = (at: number, part: Partial<MemberForm>) =>
    change(members.map((member, i) => (i === at ? { ...member, ...part } : member)));
  const add = (whom: Whom) => change([...members, { whom, relation: "" }]);
  const here = [head, ...members.map(({ whom }) => whom)].flatMap((whom) => (isKnown(whom) ? [whom.id] : []));
  return (
    <section className="form">
      <h2>{t("household.members")}</h2>
      {members.length === 0 && <p className="muted">{t("household.alone")}</p>}
      {members.map((member, i) => (
        <Member
          key={isKnown(member.whom) ? member.whom.id : i}
          live={live}
          at={`members[${i}]`}
          n={i + 1}
          member={member}
          change={(part) => changed(i, part)}
          remove={() => change(members.filter((_, at) => at !== i))}
          faults={faults}
        />
      ))}
      {members.length < rules.longestList ? (
        <>
          <Pick live={live} here={here} pick={add} />
          <button type="button" className="button" onClick={() => add(blankPerson())}>
            {t("household.addOther")}
          </button>
        </>
      ) : (
        <p role="status">{t("household.full", { most: rules.longestList })}</p>
      )}
    </section>
  );
}

function Member({
  live,
  at,
  n,
  member: { whom, relation },
  change,
  remove,
  faults,
}: {
  live: Live;
  at: string;
  n: number;
  member: MemberForm;
  change: (part: Partial<MemberForm>) => void;
  remove: () => void;
  faults: Faults;
}) {
  const name = whom.name.trim() || t("household.member", { n });
  return (
    <fieldset className="panel">
      <legend className="hidden">{name}</legend>
      {isKnown(whom) ? (
        <p className="name">{name}</p>
      ) : (
        <PersonFields
          live={live}
          at={`${at}.person`}
          values={whom}
          change={(part) => change({ whom: { ...whom, ...part } })}
          faults={faults}
        />
      )}
      <TextField
        label={t("household.relation")}
        autoComplete="off"
        value={relation}
        change={(text) => change({ relation: text })}
        fault={faults.get(`${at}.relation`)}
        hint={t("household.relationHint")}
      />
      <button type="button" className="button plain" aria-label={t("household.removeName", { name })} onClick={remove}>
        {t("household.remove")}
      </button>
    </fieldset>
  );
}

/** So many are offered of those who are found. */
const OFFERED = 5;

/** Finds members in the list, as the list is searched. */
function Pick({ live, here, pick }: { live: Live; here: string[]; pick: (whom: Whom) => void }) {
  const [text, setText] = useState("");
  const initials = useInitials();
  const others = useCell(live.cases).filter(({ id }) => !here.includes(id));
  const found = text.trim() ? search(others, text, initials).slice(0, OFFERED) : [];
  return (
    <div className="field">
      <TextField label={t("household.pick")} type="search" autoComplete="off" value={text} change={setText} />
      {text.trim() && found.length === 0 && <p role="status">{t("people.none", { text })}</p>}
      {found.map(({ id, person }) => (
        <button
          key={id}
          type="button"
          className="button"
          onClick={() => {
            pick({ id, name: person.name ?? "" });
            setText("");
          }}
        >
          {t("household.add", { name: person.name ?? "" })} {person.division?.name}
        </button>
      ))}
    </div>
  );
}
