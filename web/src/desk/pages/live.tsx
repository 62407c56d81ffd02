import { useEffect, useState } from "react";
import { Busy, Empty } from "../../shared/ui/parts";
import {
  NewestSubmissionsDocument,
  type RecordedSubmissionFragment,
  RecordWordsDocument,
  SubmissionRecordedDocument,
} from "../../generated/desk";
import { follow } from "../hub/follow";
import { t } from "../i18n";
import { newest } from "../recorded";
import { useAnswer } from "../ui/answer";
import { Fault } from "../ui/faults";
import { Panel } from "../ui/panel";
import { type Vocabulary, vocabularyOf } from "../ui/vocabulary";
import { timeOf } from "../ui/words";
import { Person } from "./counted";

/** How many submissions are shown; the hub is asked for as many. */
const SHOWN = 10;

/** What stations hand in, as it is recorded. */
export function Live() {
  const before = useAnswer(NewestSubmissionsDocument, {});
  const words = useAnswer(RecordWordsDocument, {});
  const [told, setTold] = useState<RecordedSubmissionFragment[]>([]);
  useEffect(
    () =>
      follow(SubmissionRecordedDocument, {}, ({ submissionRecorded: { submission } }) => {
        if (submission) setTold((told) => [submission, ...told].slice(0, SHOWN));
      }),
    [],
  );
  const broken = [before, words].find(({ error }) => error !== undefined);
  const vocabulary = words.data && vocabularyOf(words.data);
  const rows = newest(told, before.data?.submissions.nodes ?? [], SHOWN);
  return (
    <Panel title={t("live.title")}>
      <p className="muted small">{t("live.hint")}</p>
      {broken && <Fault error={broken.error} again={broken.again} />}
      {!broken && !(before.data && vocabulary) && <Busy />}
      {before.data && rows.length === 0 && <Empty title={t("live.none")} hint={t("live.noneHint")} />}
      {vocabulary && (
        <ul className="live">
          {rows.map((row) => (
            <Row row={row} vocabulary={vocabulary} key={row.id} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Row({ row, vocabulary }: { row: RecordedSubmissionFragment; vocabulary: Vocabulary }) {
  const { kind, action, undoneAt, receivedAt, accountName, station, person } = row;
  return (
    <li>
      <span className="tag accent">{vocabulary.word("SubmissionKind", kind)}</span>{" "}
      <span className="tag">{undoneAt ? t("live.undone") : vocabulary.word("ChangeAction", action)}</span>{" "}
      {person && <Person person={person} />}{" "}
      <span className="muted small">
        {[station?.name, accountName, timeOf(receivedAt)].filter(Boolean).join(t("common.comma"))}
      </span>
    </li>
  );
}
