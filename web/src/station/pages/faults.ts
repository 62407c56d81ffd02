import { t } from "../i18n";
import type { Problem } from "../rules/check";

/** Of each path, the first thing that is wrong with it. */
export type Faults = Map<string, string>;

export function faultsOf(problems: Problem[]): Faults {
  const told = problems.map(({ path, message, repair }) => {
    const advice = repair ? ` ${t("outbox.repair", { value: repair })}` : "";
    return [path, message + advice] as const;
  });
  return new Map(told.reverse());
}

/** The first fault of a field or of one of its rows. */
export function faultUnder(faults: Faults, field: string): string | undefined {
  const path = [...faults.keys()].find((path) => path === field || path.startsWith(`${field}[`));
  return path && faults.get(path);
}
