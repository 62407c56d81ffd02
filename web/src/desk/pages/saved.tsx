import { type FormEvent, useId, useState } from "react";
import { Link, useLocation } from "wouter";
import { NAME } from "../../shared/question";
import { TextField } from "../../shared/ui/fields";
import { Busy, Heading, Notice } from "../../shared/ui/parts";
import {
  ChangeQuestionDocument,
  RemoveQuestionDocument,
  SavedQuestionDocument,
  type SavedFragment,
  WordsDocument,
  type WordsQuery,
} from "../../generated/desk";
import { fieldsOf } from "../filter";
import { ask } from "../hub/client";
import { t } from "../i18n";
import { addressOf } from "../question";
import { questionOf } from "../saved";
import { useAnswer } from "../ui/answer";
import { Fault } from "../ui/faults";
import { Panel } from "../ui/panel";
import { useSteps } from "../ui/step";
import { useTitle } from "../ui/title";
import { timeOf } from "../ui/words";
import { Schedule } from "./schedule";

/** A saved question: one's own, or one that somebody shared. */
export function Saved({ id }: { id: string }) {
  const words = useAnswer(WordsDocument, {});
  const { data, error, again } = useAnswer(SavedQuestionDocument, { id });
  const saved = data?.savedQuestion;
  useTitle(saved?.name);
  return (
    <div className="page">
      <p>
        <Link href="/ask">{t("saved.back")}</Link>
      </p>
      {error !== undefined && <Fault error={error} again={again} />}
      {words.error !== undefined && <Fault error={words.error} again={words.again} />}
      {saved === null && <Heading>{t("saved.title")}</Heading>}
      {saved === null && <Notice>{t("saved.gone")}</Notice>}
      {saved && <Heading>{saved.name}</Heading>}
      {saved && words.data && <Asked saved={saved} words={words.data} />}
      {saved?.isOwn && <Own saved={saved} again={again} />}
      {(saved === undefined || !words.data) && error === undefined && words.error === undefined && <Busy />}
    </div>
  );
}

/** What is asked, and the way to asking it. */
function Asked({ saved, words }: { saved: SavedFragment; words: WordsQuery }) {
  const { id, query, variables, savedBy, savedAt } = saved;
  const question = questionOf(query, (of) => fieldsOf(of, words));
  const hasVariables = Object.keys(variables as object).length > 0;
  return (
    <>
      <p className="muted">{t("saved.by", { by: savedBy ?? t("common.somebody"), at: timeOf(savedAt) })}</p>
      {!question && <Notice>{t("saved.foreign")}</Notice>}
      <p className="actions">
        {question && (
          <Link className="button strong" href={`/ask/${addressOf(question)}`}>
            {t("saved.open")}
          </Link>
        )}
        <a className="button" href={`/#/saved/${id}`}>
          {t("saved.explorer")}
        </a>
      </p>
      <pre className="query" tabIndex={0} role="region" aria-label={t("saved.text")}>
        {query}
      </pre>
      {hasVariables && (
        <pre className="query" tabIndex={0} role="region" aria-label={t("saved.variables")}>
          {JSON.stringify(variables, null, 2)}
        </pre>
      )}
    </>
  );
}

/** What one may do with one's own. */
function Own({ saved, again }: { saved: SavedFragment; again: () => void }) {
  return (
    <>
      <Share saved={saved} again={again} />
      <Schedule saved={saved} again={again} />
      <Panel title={t("saved.manage")}>
        <Rename saved={saved} again={again} />
        <Remove id={saved.id} />
      </Panel>
    </>
  );
}

function Share({ saved: { id, shared }, again }: { saved: SavedFragment; again: () => void }) {
  const { isBusy, fault, run } = useSteps(again);
  const [isCopied, setCopied] = useState(false);
  const field = useId();
  const link = `${location.origin}${location.pathname}#/saved/${id}`;
  return (
    <Panel title={t("share.title")}>
      <p className="muted small">{t("share.hint")}</p>
      <label className="choice-line">
        <input
          type="checkbox"
          checked={shared}
          disabled={isBusy}
          onChange={() => run(ask(ChangeQuestionDocument, { id, shared: !shared }))}
        />
        {t("share.on")}
      </label>
      {shared && (
        <div className="controls">
          <div className="field">
            <label htmlFor={field}>{t("share.link")}</label>
            <input id={field} readOnly value={link} onFocus={(event) => event.target.select()} />
          </div>
          <button
            type="button"
            className="button"
            onClick={() => navigator.clipboard.writeText(link).then(() => setCopied(true))}
          >
            {t("share.copy")}
          </button>
          <span role="status">{isCopied && t("share.copied")}</span>
        </div>
      )}
      {fault !== undefined && <Fault error={fault} />}
    </Panel>
  );
}

function Rename({ saved, again }: { saved: SavedFragment; again: () => void }) {
  const [name, setName] = useState(saved.name);
  const { isBusy, fault, run } = useSteps(again);

  function rename(event: FormEvent) {
    event.preventDefault();
    void run(ask(ChangeQuestionDocument, { id: saved.id, name: name.trim() }));
  }

  return (
    <form className="controls" onSubmit={rename}>
      <TextField label={t("saved.name")} maxLength={NAME} value={name} change={setName} />
      <button className="button" disabled={isBusy || !name.trim() || name.trim() === saved.name}>
        {t("saved.rename")}
      </button>
      {fault !== undefined && <Fault error={fault} />}
    </form>
  );
}

function Remove({ id }: { id: string }) {
  const [, go] = useLocation();
  const [isAsking, setAsking] = useState(false);
  const { isBusy, fault, run } = useSteps();
  const remove = async () => {
    await ask(RemoveQuestionDocument, { id });
    go("/ask");
  };
  return (
    <>
      {isAsking && <p role="status">{t("saved.removeAsk")}</p>}
      <div className="actions">
        {isAsking ? (
          <>
            <button type="button" className="button danger" disabled={isBusy} onClick={() => run(remove())}>
              {t("saved.removeYes")}
            </button>
            <button type="button" className="button plain" onClick={() => setAsking(false)}>
              {t("saved.removeNo")}
            </button>
          </>
        ) : (
          <button type="button" className="button" onClick={() => setAsking(true)}>
            {t("saved.remove")}
          </button>
        )}
      </div>
      {fault !== undefined && <Fault error={fault} />}
    </>
  );
}
