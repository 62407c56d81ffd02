import { type FormEvent, useState } from "react";
import { SelectField, TextField } from "../../shared/ui/fields";
import { useCell } from "../../shared/ui/cell";
import {
  ApproveRevealDocument,
  RefuseRevealDocument,
  type RevealFragment,
  WithdrawRevealDocument,
} from "../../generated/desk";
import { ask } from "../hub/client";
import { t } from "../i18n";
import { session } from "../session";
import { Fault } from "../ui/faults";
import { useSteps } from "../ui/step";
import type { Vocabulary } from "../ui/vocabulary";
import { timeOf } from "../ui/words";
import { Person } from "./counted";

/** Hours for which a request is opened, of which the hub takes 1 to 72. */
const HOURS = ["1", "4", "8", "24", "72"] as const;

interface Props {
  reveal: RevealFragment;
  vocabulary: Vocabulary;
  again: () => void;
}

/** A request to see someone plainly, and what may become of it. */
export function RevealOf({ reveal, vocabulary, again }: Props) {
  const { kind, status, person, classes, purpose, askedBy, askedAt, decidedBy, reason, endsAt } = reveal;
  const asked = t(kind === "BREAK_GLASS" ? "reveal.glass" : "reveal.asked", {
    by: askedBy ?? t("common.somebody"),
    at: timeOf(askedAt),
  });
  const told = [
    asked,
    decidedBy && t("reveal.decided", { by: decidedBy }),
    status === "OPEN" && endsAt && t("reveal.until", { at: timeOf(endsAt) }),
    reason,
  ];
  return (
    <li>
      <p>
        <Person person={person} />{" "}
        <span className={status === "PENDING" ? "tag caution" : "tag"}>{vocabulary.word("RevealStatus", status)}</span>
      </p>
      <p>{purpose}</p>
      <p className="muted small">
        {[classes.map((code) => vocabulary.word("DataClass", code)).join(t("common.and")), ...told]
          .filter(Boolean)
          .join(t("common.comma"))}
      </p>
      {(status === "PENDING" || status === "OPEN") && <Steps reveal={reveal} again={again} />}
    </li>
  );
}

/** Taking back what one asked for, or deciding on what another asked for. The hub says whose it is. */
function Steps({ reveal: { id, status, askedBy }, again }: Omit<Props, "vocabulary">) {
  const state = useCell(session.state);
  const isOwn = state.is === "in" && state.account.name === askedBy;
  const [reason, setReason] = useState("");
  const [hours, setHours] = useState<(typeof HOURS)[number]>("4");
  const { isBusy, fault, run: take } = useSteps();
  const run = (step: Promise<unknown>) => take(step.then(again));

  function refuse(event: FormEvent) {
    event.preventDefault();
    void run(ask(RefuseRevealDocument, { id, reason: reason.trim() }));
  }

  return (
    <>
      {isOwn && (
        <div className="actions">
          <button
            type="button"
            className="button"
            disabled={isBusy}
            onClick={() => run(ask(WithdrawRevealDocument, { id }))}
          >
            {t("reveal.withdraw")}
          </button>
        </div>
      )}
      {!isOwn && status === "PENDING" && (
        <div className="controls">
          <SelectField
            label={t("reveal.hours")}
            choices={HOURS.map((count) => [count, count] as const)}
            value={hours}
            change={setHours}
          />
          <button
            type="button"
            className="button strong"
            disabled={isBusy}
            onClick={() => run(ask(ApproveRevealDocument, { id, hours: Number(hours) }))}
          >
            {t("reveal.approve")}
          </button>
        </div>
      )}
      {!isOwn && (
        <form className="controls" onSubmit={refuse}>
          <TextField label={t("reveal.reason")} value={reason} change={setReason} />
          <button className="button danger" disabled={isBusy}>
            {t(status === "PENDING" ? "reveal.refuse" : "reveal.end")}
          </button>
        </form>
      )}
      {fault !== undefined && <Fault error={fault} />}
    </>
  );
}
