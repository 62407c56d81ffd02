import { memo, useCallback } from "react";
import { Busy, Empty } from "../../shared/ui/parts";
import { ImportLinesDocument } from "../../generated/desk";
import { ask } from "../hub/client";
import { type Key, t, useLanguage } from "../i18n";
import { bySheet, type ImportCount, type ImportHead, type ImportLine, keyOf, type Mends } from "../imports";
import { Fault } from "../ui/faults";
import { useEnd, usePaged } from "../ui/paged";
import { outcomeOf } from "../ui/words";

interface Picking {
  /** Rows that look like somebody known and are to be taken in all the same; only before applying. */
  picked?: ReadonlySet<string>;
  pick?: (id: string, isPicked: boolean) => void;
  /** What cells are to say in place of what they say; not while the hub works on the import. */
  mends?: Mends;
  mend?: (sheet: string, cell: string, value: string) => void;
}

/** Rows of a workbook in its order, as many as were scrolled to. */
export function Lines({ act, only, ...picking }: { act: ImportHead; only: ImportCount | undefined } & Picking) {
  const paged = usePages(act.id, only);
  const { pages, hasMore, error, more } = paged;
  const end = useEnd(paged);
  if (!hasMore && pages.every((page) => page.length === 0)) {
    return <Empty title={t("lines.none")} hint={t("lines.noneHint")} />;
  }
  return (
    <>
      <div className="lines" role="table" aria-label={t("lines.title")}>
        <div role="rowgroup">
          <div role="row" className="line top">
            {COLUMNS.map((column) => (
              <span role="columnheader" key={column}>
                {t(column)}
              </span>
            ))}
          </div>
        </div>
        {pages.map((page, i) => (
          <Page key={page[0]?.id ?? i} lines={page} before={pages[i - 1]?.at(-1)?.sheet} {...picking} />
        ))}
      </div>
      {error !== undefined && <Fault error={error} again={more} />}
      {hasMore && error === undefined && (
        <div ref={end}>
          <Busy />
        </div>
      )}
    </>
  );
}

const COLUMNS: Key[] = ["lines.row", "lines.outcome", "lines.person", "lines.told"];

/** The hub words problems in the language that is asked in, so another language asks anew. */
function usePages(id: string, only: ImportCount | undefined) {
  const language = useLanguage();
  const next = useCallback(
    async (after: string | null) => {
      const filter = only ? { verdicts: [only.verdict], states: [only.state] } : null;
      return (await ask(ImportLinesDocument, { id, filter, after })).import?.lines;
    },
    [id, only, language],
  );
  return usePaged<ImportLine>(next);
}

/** Rows that were asked for together. The browser leaves out what is far from being seen. */
const Page = memo(function Page({
  lines,
  before,
  ...picking
}: { lines: ImportLine[]; before: string | undefined } & Picking) {
  return bySheet(lines).map(({ sheet, lines }, i) => (
    <div role="rowgroup" className="block" key={sheet}>
      {(i > 0 || sheet !== before) && (
        <div role="row" className="sheet">
          <span role="columnheader">{sheet}</span>
        </div>
      )}
      {lines.map((line) => (
        <Line key={line.id} line={line} {...picking} />
      ))}
    </div>
  ));
});

function Line({ line, picked, pick, ...mending }: { line: ImportLine } & Picking) {
  const person = line.person ?? line.looksLike;
  return (
    <div role="row" className={`line ${line.verdict}`}>
      <span role="rowheader" className="number">
        {line.row}
      </span>
      <span role="cell">
        <span className={`tag ${kindOf(line)}`}>{outcomeOf(line)}</span>
      </span>
      <span role="cell">{person && <Person person={person} />}</span>
      <div role="cell" className="told">
        {line.looksLike && <p>{t("lines.looksLike")}</p>}
        {line.verdict === "KNOWN" && pick && (
          <label className="choice-line">
            <input
              type="checkbox"
              checked={picked?.has(line.id) ?? false}
              onChange={({ target }) => pick(line.id, target.checked)}
            />
            {t("lines.take")}
          </label>
        )}
        <Told line={line} {...mending} />
      </div>
    </div>
  );
}

function kindOf({ verdict, state }: ImportLine): string {
  if (verdict === "REFUSED" || ["KEPT", "UNRESTORED", "PARTLY_UNDONE"].includes(state)) return "alert";
  if (verdict === "KNOWN" || state === "UNDONE") return "caution";
  if (verdict === "CHANGED") return "accent";
  return verdict === "NEW" ? "good" : "";
}

function Person({ person }: { person: NonNullable<ImportLine["person"]> }) {
  const more = [person.birthDate, person.residentId, person.division?.name].filter(Boolean);
  return (
    <>
      {/* In a window of its own, since what is being mended here goes with the page. */}
      <a href={`#/person/${person.id}`} target="_blank" rel="noopener">
        {person.name ?? t("common.hidden")}
      </a>
      <br />
      <span className="muted small">{more.join(t("common.comma"))}</span>
    </>
  );
}

/** What is wrong with a row, was repaired in it, and is changed by it, each at its column. */
function Told({ line, mends, mend }: { line: ImportLine } & Pick<Picking, "mends" | "mend">) {
  return (
    <ul>
      {line.problems.map(({ column, cell, given, problem }, i) => (
        <li className="problem" key={`${column} ${problem.code} ${i}`}>
          <Column name={column} /> {problem.message}
          {problem.repair && <span className="repair">{problem.repair}</span>}
          {line.verdict === "REFUSED" && cell && mend && (
            <Mend
              isPart={given != null && given !== problem.value}
              label={t("lines.mend", { cell, column })}
              value={mends?.get(keyOf(line.sheet, cell))?.value ?? given ?? problem.value ?? ""}
              likely={problem.repair ?? undefined}
              set={(value) => mend(line.sheet, cell, value)}
            />
          )}
        </li>
      ))}
      {line.repairs.map(({ column, from, to }) => (
        <li key={`repair ${column}`}>
          <Column name={column} /> <span className="muted">{t("lines.repaired")}</span> <FromTo from={from} to={to} />
        </li>
      ))}
      {line.changes.map(({ column, path, from, to }) => (
        <li key={`change ${path}`}>
          <Column name={column || path} /> <span className="muted">{t("lines.changed")}</span>{" "}
          <FromTo from={from} to={to} />
        </li>
      ))}
    </ul>
  );
}

/** A cell to correct in place, with what it likely should say. */
function Mend(props: {
  label: string;
  value: string;
  likely: string | undefined;
  /** Whether the likely value is one of several in the cell, and so not all it should say. */
  isPart: boolean;
  set: (value: string) => void;
}) {
  const { label, value, likely, isPart, set } = props;
  return (
    <span className="mend">
      <input aria-label={label} value={value} onChange={({ target }) => set(target.value)} />
      {likely && likely !== value && !isPart && (
        <button type="button" className="button" onClick={() => set(likely)}>
          {t("lines.takeRepair", { repair: likely })}
        </button>
      )}
    </span>
  );
}

function Column({ name }: { name: string }) {
  return name ? <b className="column">{name}</b> : null;
}

function FromTo({ from, to }: { from: string | null | undefined; to: string | null | undefined }) {
  return (
    <>
      <del>{from || t("lines.empty")}</del>
      <span aria-hidden="true"> → </span>
      <ins>{to || t("lines.empty")}</ins>
    </>
  );
}
