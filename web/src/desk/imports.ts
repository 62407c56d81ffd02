import type { ImportHeadFragment, ImportLineFragment, ImportState, MendedCellInput } from "../generated/desk";

export type ImportHead = ImportHeadFragment;
export type ImportLine = ImportLineFragment;
export type ImportCount = ImportHead["counts"][number];

const UNDER_WAY: readonly ImportState[] = ["READING", "APPLYING", "UNDOING", "RESTORING"];

/** Whether the hub is working on an import, so that it will stand otherwise by itself. */
export function isUnderWay(state: ImportState): boolean {
  return UNDER_WAY.includes(state);
}

/** How many rows an import would record: those that wait, and those that were picked besides. */
export function toTake({ counts }: Pick<ImportHead, "counts">, picked: number): number {
  return picked + counts.filter(({ state }) => state === "WAITING").reduce((sum, { count }) => sum + count, 0);
}

/** Counts of rows, those that want somebody's eye first. */
export function byConcern(counts: readonly ImportCount[]): ImportCount[] {
  const rank = ({ verdict, state }: ImportCount) =>
    ["KEPT", "UNRESTORED", "PARTLY_UNDONE"].includes(state) ? -1 : VERDICTS.indexOf(verdict);
  return [...counts].sort((a, b) => rank(a) - rank(b));
}

/** Counts of rows that somebody has to look at: kept at an undoing, or refused or looking like somebody known and not taken in. */
export function wantingAnEye({ counts }: Pick<ImportHead, "counts">): ImportCount[] {
  const wants = ({ verdict, state }: ImportCount) =>
    ["KEPT", "UNRESTORED", "PARTLY_UNDONE"].includes(state) ||
    (state === "LEFT" && (verdict === "REFUSED" || verdict === "KNOWN"));
  return byConcern(counts.filter(wants));
}

const VERDICTS: readonly ImportCount["verdict"][] = ["REFUSED", "KNOWN", "CHANGED", "NEW", "DUPLICATE", "UNCHANGED"];

/** A cell and what it is to say, by sheet and cell. */
export type Mends = ReadonlyMap<string, MendedCellInput>;

export function keyOf(sheet: string, cell: string): string {
  return `${sheet}!${cell}`;
}

/** Rows next to each other of one sheet, as the workbook has them. */
export function bySheet(lines: readonly ImportLine[]): { sheet: string; lines: ImportLine[] }[] {
  const sheets: { sheet: string; lines: ImportLine[] }[] = [];
  for (const line of lines) {
    const last = sheets.at(-1);
    if (last?.sheet === line.sheet) last.lines.push(line);
    else sheets.push({ sheet: line.sheet, lines: [line] });
  }
  return sheets;
}
