import type {
  AbilityLevel,
  ChildKind,
  ClosureReason,
  DisabilityCategory,
  ExcuseReason,
  IncomeClass,
  LedgerKind,
  LivingArrangement,
  NeedDomain,
  NoIdReason,
  Risk,
  Service,
  Sex,
  Subsidy,
  Urgency,
  VisitMode,
} from "../../generated/hub";
import {
  assessment,
  choices,
  earliestYear,
  excuse,
  household,
  ledgerClosure,
  ledgerEntry,
  longestList,
  longestText,
  longestWord,
  personCorrection,
  sentences,
  visit,
} from "../../../rules.json";
import { language } from "../i18n";
import type { Choice } from "../../shared/ui/fields";
import type { Fields, Rules } from "./check";

/** The rules of the hub that this app was built with. The hub checks all again. */
export const rules: Rules = {
  choices,
  assessment: assessment as Fields,
  excuse: excuse as Fields,
  household: household as Fields,
  ledgerClosure: ledgerClosure as Fields,
  ledgerEntry: ledgerEntry as Fields,
  earliestYear,
  longestList,
  longestText,
  longestWord,
  personCorrection: personCorrection as Fields,
  sentences,
  visit: visit as Fields,
};

interface Lists {
  AbilityLevel: AbilityLevel;
  ChildKind: ChildKind;
  ClosureReason: ClosureReason;
  DisabilityCategory: DisabilityCategory;
  ExcuseReason: ExcuseReason;
  IncomeClass: IncomeClass;
  LedgerKind: LedgerKind;
  LivingArrangement: LivingArrangement;
  NeedDomain: NeedDomain;
  NoIdReason: NoIdReason;
  Risk: Risk;
  Service: Service;
  Sex: Sex;
  Subsidy: Subsidy;
  Urgency: Urgency;
  VisitMode: VisitMode;
}

/** The choices of a closed list, in words of the chosen language. */
export function choicesOf<List extends keyof Lists>(list: List): Choice<Lists[List]>[] {
  const listed = rules.choices[list] as [Lists[List], string][];
  return listed.map(([code, zh]) => [code, language.get() === "zh" ? zh : inEnglish(code)] as const);
}

/** The word of a choice. */
export function wordOf<List extends keyof Lists>(list: List, code: Lists[List]): string {
  return choicesOf(list).find(([choice]) => choice === code)?.[1] ?? code;
}

/** `POLICY_ADVICE` is policy advice. */
export function inEnglish(code: string): string {
  const words = code.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
