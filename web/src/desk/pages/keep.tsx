import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { NAME } from "../../shared/question";
import { TextField } from "../../shared/ui/fields";
import { Empty, Notice } from "../../shared/ui/parts";
import { SavedQuestionsDocument, SaveQuestionDocument } from "../../generated/desk";
import { ask } from "../hub/client";
import { t } from "../i18n";
import { useAnswer } from "../ui/answer";
import { Fault } from "../ui/faults";
import { Panel } from "../ui/panel";
import { useSteps } from "../ui/step";
import { whenOf } from "./schedule";

/** The questions that one has saved, and saving the one at hand. Without a text there is none. */
export function Keep({ text, title }: { text: string | undefined; title: string }) {
  const { data, error, again } = useAnswer(SavedQuestionsDocument, {});
  const questions = data?.savedQuestions ?? [];
  return (
    <Panel title={t("saved.title")}>
      <Save text={text} title={title} again={again} />
      {error !== undefined && <Fault error={error} again={again} />}
      {data && questions.length === 0 && <Empty title={t("saved.none")} hint={t("saved.noneHint")} />}
      {questions.length > 0 && (
        <ul className="files">
          {questions.map(({ id, name, shared, schedule }) => (
            <li key={id}>
              <Link href={`/saved/${id}`}>{name}</Link>
              {shared && <span className="tag">{t("saved.shared")}</span>}
              {schedule && <span className="muted small">{whenOf(schedule)}</span>}
              {schedule?.refusedOn && <span className="tag caution">{t("schedule.failed")}</span>}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function Save({ text, title, again }: { text: string | undefined; title: string; again: () => void }) {
  // Until somebody types a name, it is what is asked.
  const [typed, setTyped] = useState<string>();
  const [saved, setSaved] = useState<string>();
  const { isBusy, fault, run } = useSteps(again);
  const name = typed ?? title.slice(0, NAME);

  function save(event: FormEvent) {
    event.preventDefault();
    setSaved(undefined);
    void run(keep());
  }

  async function keep() {
    const { saveQuestion } = await ask(SaveQuestionDocument, { name: name.trim(), query: text ?? "" });
    setSaved(saveQuestion.name);
    setTyped(undefined);
  }

  return (
    <form className="controls" onSubmit={save}>
      <TextField label={t("saved.name")} hint={t("saved.hint")} maxLength={NAME} value={name} change={setTyped} />
      <button className="button" disabled={isBusy || !text || !name.trim()}>
        {t("saved.save")}
      </button>
      {saved !== undefined && <Notice kind="good">{t("saved.done", { name: saved })}</Notice>}
      {fault !== undefined && <Fault error={fault} />}
    </form>
  );
}
