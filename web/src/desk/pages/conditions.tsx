import { useState } from "react";
import { type Choice, OneOf, SelectField, SomeOf, TextField } from "../../shared/ui/fields";
import type { PlacesQuery, WordsQuery } from "../../generated/desk";
import type { Field, Where } from "../filter";
import { language, t } from "../i18n";
import { spoken, wordIn } from "../words";

interface Ground {
  words: WordsQuery;
  places: PlacesQuery;
}

/** What the records counted are picked by, each as a sentence: what, and which of it. */
export function Conditions({
  fields,
  where,
  change,
  words,
  places,
}: Ground & { fields: readonly Field[]; where: Where; change: (where: Where) => void }) {
  const [begun, setBegun] = useState(() => Object.keys(where));
  const open = fields.filter(({ name }) => begun.includes(name) || name in where);
  const left = fields.filter((field) => !open.includes(field));

  function drop(name: string) {
    setBegun(begun.filter((other) => other !== name));
    const { [name]: _, ...others } = where;
    change(others);
  }

  return (
    <fieldset className="conditions">
      <legend className="label">{t("ask.where")}</legend>
      {open.map((field) => (
        <div className="condition" key={field.name}>
          <Control
            field={field}
            values={where[field.name] ?? []}
            change={(values) => change({ ...where, [field.name]: values })}
            words={words}
            places={places}
          />
          <button type="button" className="button plain" onClick={() => drop(field.name)}>
            {t("ask.drop", { what: labelOf(field) })}
          </button>
        </div>
      ))}
      {left.length > 0 && (
        <SelectField
          label={t("ask.add")}
          choices={[["", t("ask.choose")], ...left.map((field) => [field.name, labelOf(field)] as const)]}
          value=""
          change={(name) => name && setBegun([...begun, name])}
        />
      )}
    </fieldset>
  );
}

function labelOf({ description }: Field): string {
  return spoken(description, language.get());
}

interface ControlProps extends Ground {
  field: Field;
  values: string[];
  change: (values: string[]) => void;
}

function Control({ field, values, change, words, places }: ControlProps) {
  const label = labelOf(field);
  const [first = "", second = ""] = values;
  const choices = choicesOf(field, places);
  if (choices) return <Picks label={label} choices={choices} isOne={field.kind === "text"} value={values} change={change} />;
  switch (field.kind) {
    case "codes":
      return <SomeOf label={label} choices={codesOf(field.list, words)} value={values} change={change} />;
    case "days":
      return (
        <fieldset>
          <legend className="label">{label}</legend>
          <div className="controls">
            <TextField label={t("ask.from")} type="date" value={first} change={(from) => change([from, second])} />
            <TextField label={t("ask.to")} type="date" value={second} change={(to) => change([first, to])} />
          </div>
        </fieldset>
      );
    case "day":
    case "instant":
      return <TextField label={label} type="date" value={first} change={(day) => change([day])} />;
    case "yes":
      return (
        <OneOf
          label={label}
          choices={[
            ["true", t("ask.true")],
            ["false", t("ask.false")],
          ]}
          value={first}
          change={(value) => change([value])}
        />
      );
    case "texts":
    case "numbers":
      return (
        <TextField
          label={label}
          hint={t("ask.several")}
          value={values.join("、")}
          change={(text) => change(text.split(/[、,，]/))}
        />
      );
    default:
      return <TextField label={label} value={first} change={(text) => change([text])} />;
  }
}

function codesOf(list: string, words: WordsQuery): Choice<string>[] {
  const known = words[list as keyof WordsQuery];
  if (!known || !("enumValues" in known)) return [];
  return (known.enumValues ?? []).map(({ name }) => [name, wordIn(known, name, language.get())] as const);
}

/** What is named by a code that nobody knows by heart. */
export function choicesOf({ name }: Field, { divisions, stations, instruments }: PlacesQuery): Choice<string>[] | undefined {
  switch (name) {
    case "division":
      return divisions.nodes.map(({ code, name, level }) => [code, level === "COUNTY" ? name : `　${name}`] as const);
    case "stations":
      return stations.nodes.map(({ code, name }) => [code, name] as const);
    case "instruments":
      return [...new Map(instruments.map(({ code, title }) => [code, title]))];
    case "levels":
      return [...new Map(instruments.flatMap(({ levels }) => levels.map(({ code, label }) => [code, label] as const)))];
    default:
      return undefined;
  }
}

/** Some of many choices: those picked stand there, and can be dropped. */
function Picks({
  label,
  choices,
  isOne,
  value,
  change,
}: {
  label: string;
  choices: readonly Choice<string>[];
  isOne: boolean;
  value: string[];
  change: (value: string[]) => void;
}) {
  const picked = value.filter(Boolean);
  const left = choices.filter(([code]) => !picked.includes(code));
  return (
    <div>
      <SelectField
        label={label}
        choices={[["", t("ask.choose")], ...left]}
        value=""
        change={(code) => code && change(isOne ? [code] : [...picked, code])}
      />
      <div className="filters">
        {picked.map((code) => (
          <button
            type="button"
            className="filter"
            key={code}
            aria-label={t("ask.drop", { what: nameIn(choices, code) })}
            onClick={() => change(picked.filter((other) => other !== code))}
          >
            {nameIn(choices, code)} ✕
          </button>
        ))}
      </div>
    </div>
  );
}

function nameIn(choices: readonly Choice<string>[], code: string): string {
  return choices.find(([known]) => known === code)?.[1].trim() ?? code;
}

/** A condition in words. */
export function conditionOf(field: Field, values: readonly string[], { words, places }: Ground): string {
  const [first = "", second = ""] = values;
  const choices = choicesOf(field, places) ?? (field.kind === "codes" ? codesOf(field.list, words) : []);
  const told =
    field.kind === "days"
      ? t("ask.span", { from: first || "…", to: second || "…" })
      : field.kind === "yes"
        ? t(first === "true" ? "ask.true" : "ask.false")
        : values
            .filter(Boolean)
            .map((value) => nameIn(choices, value))
            .join(t("common.and"));
  return t("ask.condition", { what: labelOf(field), told });
}
