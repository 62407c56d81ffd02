import { useCallback } from "react";
import { Busy, Empty, Heading } from "../../shared/ui/parts";
import { type RecordIdsFragment, WordsDocument, type WordsQuery } from "../../generated/desk";
import { askedOf, type Behind, behindIn, keyOf, recordsTextOf } from "../behind";
import { fieldsOf } from "../filter";
import { explained } from "../hub/client";
import { t } from "../i18n";
import { addressOf, type Row, textOf } from "../question";
import { useAnswer } from "../ui/answer";
import { Fault } from "../ui/faults";
import { labelledIn } from "./answered";
import { Listed } from "./records";

/** The records that a figure of an answer counts, or by which it differs from an earlier day. */
export function RecordsBehind() {
  const words = useAnswer(WordsDocument, {});
  // As the browser has it: the router decodes a part of it.
  const address = location.hash.replace(/^#?\/?behind\//, "");
  const behind = behindIn(address);
  if (behind && words.data) return <Records address={address} behind={behind} words={words.data} />;
  return (
    <div className="page">
      <Heading>{t("ask.title")}</Heading>
      {words.error !== undefined && <Fault error={words.error} again={words.again} />}
      {behind ? words.error === undefined && <Busy /> : <Empty title={t("counted.none")} hint={t("behind.noneHint")} />}
    </div>
  );
}

function Records({ address, behind, words }: { address: string; behind: Behind; words: WordsQuery }) {
  const { question, side } = behind;
  const { compare = "" } = question;
  const find = useCallback((after: string | null) => found(behind, words, after), [address, words]);
  return (
    <Listed
      hint={t(`behind.${side}Hint`, { day: compare })}
      back={[`/ask/${addressOf(question)}`, "behind.back"]}
      find={find}
    />
  );
}

interface Answer<More = unknown> {
  statistics: { rows: (Row & More)[] };
}

interface Opened {
  records?: RecordIdsFragment;
  compared?: { late?: RecordIdsFragment; gone?: RecordIdsFragment } | null;
}

/** A page of the records of a row, whose place is looked up first, since rows come and go. */
async function found(behind: Behind, words: WordsQuery, after: string | null) {
  const { side, key } = behind;
  const question = askedOf(behind);
  const fields = fieldsOf(question.of, words);
  const isMeant = (row: Row) => keyOf(row, question.by) === key;
  const { rows } = (await explained<Answer>(textOf(question, fields))).data.statistics;
  const place = rows.findIndex(isMeant);
  const [labelled] = labelledIn(rows.slice(place, place + 1), question, words);
  const title = [...(labelled?.labels ?? []), t(`behind.${side}`, { day: behind.question.compare ?? "" })].join(" · ");
  if (place < 0) return { title, ids: undefined };
  const [row] = (await explained<Answer<Opened>>(recordsTextOf(behind, fields, { place, after }))).data.statistics.rows;
  const compared = side === "late" || side === "gone" ? row?.compared?.[side] : undefined;
  return { title, ids: row && isMeant(row) ? (compared ?? row.records) : undefined };
}
