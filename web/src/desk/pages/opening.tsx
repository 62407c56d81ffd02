import { type FormEvent, useState } from "react";
import { LongTextField, SomeOf } from "../../shared/ui/fields";
import { BreakGlassDocument, type DataClass, RevealDocument, RevealsDocument } from "../../generated/desk";
import { ask } from "../hub/client";
import { t } from "../i18n";
import { useAnswer } from "../ui/answer";
import { Fault } from "../ui/faults";
import { Panel } from "../ui/panel";
import { useSteps } from "../ui/step";
import type { Vocabulary } from "../ui/vocabulary";
import { RevealOf } from "./reveal";

const CLASSES: readonly DataClass[] = [
  "IDENTITY",
  "CONTACT",
  "ADDRESS",
  "GUARDIAN",
  "HEALTH",
  "FINANCE",
  "FREE_TEXT",
  "STAFF",
];

/** Seeing plainly what is masked of a person: what was asked for, and asking for it. */
export function Opening({
  id,
  isMasked,
  vocabulary,
  again,
}: {
  id: string;
  isMasked: boolean;
  vocabulary: Vocabulary;
  again: () => void;
}) {
  const reveals = useAnswer(RevealsDocument, {});
  const own = reveals.data?.revealRequests.filter(({ personId }) => personId === id) ?? [];
  const known = own.filter(({ status }) => status === "PENDING" || status === "OPEN");
  if (!isMasked && known.length === 0) return null;
  const look = () => {
    reveals.again();
    again();
  };
  return (
    <Panel title={t("reveal.title")}>
      {reveals.error !== undefined && <Fault error={reveals.error} again={reveals.again} />}
      {known.length > 0 && (
        <ul className="reveals">
          {known.map((reveal) => (
            <RevealOf reveal={reveal} vocabulary={vocabulary} again={look} key={reveal.id} />
          ))}
        </ul>
      )}
      {isMasked && <Asking id={id} vocabulary={vocabulary} again={look} />}
    </Panel>
  );
}

function Asking({ id, vocabulary, again }: { id: string; vocabulary: Vocabulary; again: () => void }) {
  const [classes, setClasses] = useState<DataClass[]>(["IDENTITY"]);
  const [purpose, setPurpose] = useState("");
  const [isBreaking, setBreaking] = useState(false);
  const { isBusy, fault, run: take } = useSteps();

  function run(step: Promise<unknown>) {
    setBreaking(false);
    return take(
      step.then(() => {
        setPurpose("");
        again();
      }),
    );
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    void run(ask(RevealDocument, { person: id, classes, purpose: purpose.trim() }));
  }

  return (
    <form className="form" onSubmit={submit}>
      <p className="muted small">{t("reveal.hint")}</p>
      <SomeOf
        label={t("reveal.classes")}
        choices={CLASSES.map((code) => [code, vocabulary.word("DataClass", code)] as const)}
        value={classes}
        change={setClasses}
      />
      <LongTextField label={t("reveal.purpose")} hint={t("reveal.purposeHint")} value={purpose} change={setPurpose} />
      <div className="actions">
        <button className="button" disabled={isBusy || classes.length === 0}>
          {isBusy ? t("common.wait") : t("reveal.ask")}
        </button>
        <button type="button" className="button danger" disabled={isBusy} onClick={() => setBreaking(!isBreaking)}>
          {t("reveal.break")}
        </button>
      </div>
      {isBreaking && (
        <>
          <p>{t("reveal.breakHint")}</p>
          <div className="actions">
            <button
              type="button"
              className="button danger"
              onClick={() => run(ask(BreakGlassDocument, { person: id, purpose: purpose.trim() }))}
            >
              {t("reveal.breakYes")}
            </button>
            <button type="button" className="button" onClick={() => setBreaking(false)}>
              {t("sign.no")}
            </button>
          </div>
        </>
      )}
      {fault !== undefined && <Fault error={fault} />}
    </form>
  );
}
