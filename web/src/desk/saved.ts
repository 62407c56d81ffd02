// Saved questions: a text of this desk's own is taken apart again, and when one is exported.

import { gql } from "@urql/core";
import type { FieldNode, ValueNode } from "graphql";
import type { Cadence } from "../generated/desk";
import type { Field } from "./filter";
import { fieldOf, fileTextOf, type Question } from "./question";

/** The question of a text that was written here; none of another, of which not all would be told. */
export function questionOf(text: string, fieldsOf: (of: string) => readonly Field[]): Question | undefined {
  const statistics = fieldIn(text);
  if (!statistics) return undefined;
  const { of, measures, by, totals, where, asOf, compare } = Object.fromEntries(
    (statistics.arguments ?? []).map(({ name, value }) => [name.value, value]),
  );
  const kind = textOf(of);
  const question = {
    of: kind,
    measures: items(measures).map(measureOf),
    by: items(by).map(textOf),
    ...(totals && { totals: textOf(totals) }),
    where: whereOf(where, kind),
    ...(asOf && { asOf: textOf(asOf) }),
    ...(compare && { compare: textOf(compare) }),
  };
  return fileTextOf(question, fieldsOf(kind)) === text ? question : undefined;
}

function fieldIn(text: string): FieldNode | undefined {
  try {
    const [operation] = gql(text).definitions;
    const [field] = operation?.kind === "OperationDefinition" ? operation.selectionSet.selections : [];
    return field?.kind === "Field" ? field : undefined;
  } catch {
    return undefined;
  }
}

function items(value: ValueNode | undefined): readonly ValueNode[] {
  return value?.kind === "ListValue" ? value.values : [];
}

function partsOf(value: ValueNode | undefined): [string, ValueNode][] {
  return value?.kind === "ObjectValue" ? value.fields.map(({ name, value }) => [name.value, value]) : [];
}

function textOf(value: ValueNode | undefined): string {
  return value && "value" in value ? String(value.value) : "";
}

/** `{ measure: MEAN, of: MINUTES }` is `MEAN.MINUTES`. */
function measureOf(value: ValueNode): string {
  return partsOf(value)
    .map(([, part]) => textOf(part))
    .join(".");
}

function whereOf(where: ValueNode | undefined, of: string): Question["where"] {
  const [, filter] = partsOf(where).find(([name]) => name === fieldOf(of)) ?? [];
  return Object.fromEntries(partsOf(filter).map(([name, value]) => [name, chosenIn(value)]));
}

function chosenIn(value: ValueNode): string[] {
  if (value.kind === "ListValue") return value.values.map(textOf);
  if (value.kind !== "ObjectValue") return [textOf(value).replace(/T00:00:00\+08:00$/, "")];
  const days = new Map(partsOf(value));
  return ["from", "to"].map((end) => textOf(days.get(end)));
}

/** What the days of a week or of a month are called by the hub, from 1. */
export const DAYS: Record<Exclude<Cadence, "DAILY">, number> = { WEEKLY: 7, MONTHLY: 28 };

export const CADENCES: readonly Cadence[] = ["DAILY", "WEEKLY", "MONTHLY"];

export function hourOf(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}
