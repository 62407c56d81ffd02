import type { CaseIndexQuery, CasePersonFragment } from "../../generated/hub";

type IndexNode = CaseIndexQuery["workDue"]["nodes"][number];

/** How someone stands with their next visit. */
export type Due = Pick<IndexNode, "state" | "dueOn" | "overdue" | "changedOn" | "excuse">;

/** Someone the station cares for, as the device has them. */
export interface Case {
  /** Global id of the person. */
  id: string;
  due: Due;
  person: CasePersonFragment;
  /** Tells whether the hub has anything newer. */
  mark: string;
}

/** Another one has everybody asked for anew: it changes with what is kept of people. */
const SHAPE = 2;

/** A person's place in the index: all that changes when anything shown of them does. */
export function markOf(node: IndexNode): string {
  return JSON.stringify([SHAPE, node.person, node.lastVisit]);
}

/** The heaviest risk of the open ledgers. */
export function riskOf({ person }: Case): "HIGH" | "MEDIUM" | "LOW" | "UNKNOWN" {
  const risks = person.ledgerEntries.nodes.map((entry) => entry.risk);
  return (["HIGH", "MEDIUM", "LOW"] as const).find((risk) => risks.includes(risk)) ?? "UNKNOWN";
}
