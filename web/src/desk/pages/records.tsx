import { useCallback, useState } from "react";
import {
  CellRecordsDocument,
  CulpritsDocument,
  type ListedPersonFragment,
  RecordsDocument,
  type RecordsQuery,
  type RecordIdsFragment,
} from "../../generated/desk";
import { ask, askWhatIsTold } from "../hub/client";
import { type Key, t } from "../i18n";
import { timeOf } from "../ui/words";
import { type Back, Counted, Person } from "./counted";

type RecordNode = RecordsQuery["nodes"][number];

interface Sheet {
  code: string;
  day: string;
  place: string;
}

/** The records that a number of a statutory table counts. */
export function CellRecords({ code, day, place, row, column }: Sheet & { row: string; column: string }) {
  const find = useCallback(
    async (after: string | null) => {
      const asked = { code, day, place, row, column: Number(column), after };
      const { rows, table, cell } = (await askWhatIsTold(CellRecordsDocument, asked)).statutoryTable;
      const found = rows.find((of) => of.code === row);
      const title = table.columns.find(({ number }) => number === Number(column))?.title;
      return { title: `${found?.title ?? row} · ${title ?? column}`, ids: cell?.records };
    },
    [code, day, place, row, column],
  );
  return <Listed hint={t("records.hint")} back={toTable({ code, day, place })} find={find} />;
}

/** The records for which an equation of a statutory table does not hold; by its place among the equations. */
export function Culprits({ code, day, place, equation }: Sheet & { equation: string }) {
  const find = useCallback(
    async (after: string | null) => {
      const { equations } = (await ask(CulpritsDocument, { code, day, place, after })).statutoryTable;
      const found = equations[Number(equation)];
      return { title: t("culprits.title", { equation: found?.text ?? "" }), ids: found?.culprits };
    },
    [code, day, place, equation],
  );
  return <Listed hint={t("culprits.hint")} back={toTable({ code, day, place })} find={find} />;
}

function toTable({ code, day, place }: Sheet): Back {
  return [`/tables/${code}/${day}/${place}`, "counted.toTable"];
}

interface Found {
  title: string;
  /** None where this account may not open the number. */
  ids: RecordIdsFragment | null | undefined;
}

/** Records of any kind, by their ids. */
export function Listed(props: { hint: string; back: Back; find: (after: string | null) => Promise<Found> }) {
  const { hint, back, find } = props;
  const [title, setTitle] = useState<string>();
  const next = useCallback(
    async (after: string | null) => {
      const found = await find(after);
      setTitle(found.title);
      const known = found.ids?.nodes.flatMap((node) => (node ? [node.id] : [])) ?? [];
      const { nodes } = known.length > 0 ? await ask(RecordsDocument, { ids: known }) : { nodes: [] };
      return { nodes, pageInfo: found.ids?.pageInfo ?? { hasNextPage: false } };
    },
    [find],
  );
  return (
    <Counted
      title={title ?? t("tables.title")}
      hint={hint}
      back={back}
      columns={["records.what", "counted.person", "counted.station", "records.day", "records.recorded"]}
      next={next}
      row={cellsOf}
    />
  );
}

function cellsOf(node: RecordNode) {
  if (!node) return [t("common.hidden"), null, null, null, null];
  const what = t(`record.${node.__typename}` satisfies Key);
  switch (node.__typename) {
    case "Person":
      return [what, <Person person={node} />, null, null, timeOf(node.createdAt)];
    case "Station":
      return [what, null, node.stationName, null, null];
    case "Visit":
      return [what, ...about(node), node.visitedOn, timeOf(node.recordedAt)];
    case "Assessment":
      return [what, ...about(node), node.assessedOn, timeOf(node.recordedAt)];
    case "Need":
      return [what, ...about(node), node.raisedOn, timeOf(node.recordedAt)];
    case "ChildEntry":
    case "ElderlyEntry":
    case "DisabledEntry":
      return [what, ...about(node), node.openedOn, timeOf(node.recordedAt)];
    case "Submission":
      return [what, ...about(node), null, timeOf(node.receivedAt)];
    default:
      return [what, null, null, null, null];
  }
}

/** Whom a record is about, and the station it came from. */
function about({ person, station }: { person: ListedPersonFragment | null; station: { name: string } | null }) {
  return [person && <Person person={person} />, station?.name];
}
