import { type FormEvent, useEffect, useState } from "react";
import { TextField } from "../../shared/ui/fields";
import { Busy, Empty } from "../../shared/ui/parts";
import { DismissRefusalDocument, RefusalsDocument, type RefusalsQuery } from "../../generated/desk";
import { ask } from "../hub/client";
import { t } from "../i18n";
import { useAnswer } from "../ui/answer";
import { Fault } from "../ui/faults";
import { Panel } from "../ui/panel";
import { useSteps } from "../ui/step";
import type { Vocabulary } from "../ui/vocabulary";
import { numberOf, timeOf } from "../ui/words";

type Refusal = RefusalsQuery["refusals"]["nodes"][number];

/** How often it is looked anew, since the feed tells of what is recorded alone: 15 s. */
const LOOK_EVERY = 15_000;

/** What stations handed in and is not on record, so that it is not known to one device alone. */
export function Refused({ vocabulary }: { vocabulary: Vocabulary }) {
  const { data, error, again } = useAnswer(RefusalsDocument, {});
  useEffect(() => {
    const looking = setInterval(() => document.visibilityState === "visible" && again(), LOOK_EVERY);
    return () => clearInterval(looking);
  }, [again]);
  const rows = data?.refusals.nodes ?? [];
  const count = data?.refusals.totalCount ?? rows.length;
  return (
    <Panel title={t("review.refused")}>
      {error !== undefined && <Fault error={error} again={again} />}
      {!data && error === undefined && <Busy />}
      {data && rows.length === 0 && <Empty title={t("review.noRefused")} hint={t("review.noRefusedHint")} />}
      {rows.length > 0 && <p className="muted small">{t("review.refusedHint")}</p>}
      {count > rows.length && (
        <p className="muted small">
          {t("review.refusedMore", { count: numberOf(count), shown: numberOf(rows.length) })}
        </p>
      )}
      <ul className="reveals">
        {rows.map((refusal) => (
          <One refusal={refusal} vocabulary={vocabulary} again={again} key={refusal.submissionId} />
        ))}
      </ul>
    </Panel>
  );
}

interface Props {
  refusal: Refusal;
  vocabulary: Vocabulary;
  again: () => void;
}

function One({ refusal, vocabulary, again }: Props) {
  const { kind, status, station, accountName, firstRefusedAt, refusedAt, problems } = refusal;
  const told = [
    station?.name,
    t("review.refusedBy", { by: accountName ?? t("common.somebody"), at: timeOf(firstRefusedAt) }),
    refusedAt !== firstRefusedAt && t("review.refusedAgain", { at: timeOf(refusedAt) }),
  ];
  return (
    <li>
      <p>
        {vocabulary.word("SubmissionKind", kind)}{" "}
        <span className="tag alert">{vocabulary.word("RefusalStatus", status)}</span>
      </p>
      {status === "CONFLICT" && <p>{t("review.conflict")}</p>}
      {problems.length > 0 && (
        <ul className="bullets">
          {problems.map(({ path, message }) => (
            <li key={path + message}>{message}</li>
          ))}
        </ul>
      )}
      <p className="muted small">{told.filter(Boolean).join(t("common.comma"))}</p>
      {refusal.mayDismiss && <Dismiss id={refusal.submissionId} again={again} />}
    </li>
  );
}

/** Putting one aside that nobody will mend, with a reason that stays in the trail. */
function Dismiss({ id, again }: { id: string; again: () => void }) {
  const [reason, setReason] = useState<string>();
  const { isBusy, fault, run } = useSteps(again);
  function dismiss(event: FormEvent) {
    event.preventDefault();
    void run(ask(DismissRefusalDocument, { id, reason: reason?.trim() ?? "" }));
  }
  if (reason === undefined) {
    return (
      <div className="actions">
        <button type="button" className="button plain" onClick={() => setReason("")}>
          {t("review.dismiss")}
        </button>
      </div>
    );
  }
  return (
    <form className="controls" onSubmit={dismiss}>
      <TextField label={t("review.dismissReason")} value={reason} change={setReason} />
      <button className="button danger" disabled={isBusy}>
        {t("review.dismissYes")}
      </button>
      {fault !== undefined && <Fault error={fault} />}
    </form>
  );
}
