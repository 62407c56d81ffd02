import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { type FormEvent, useEffect, useState, useSyncExternalStore } from "react";
import {
  SavedQuestionDocument,
  SavedQuestionsDocument,
  type SavedQuestionsQuery,
  SaveQuestionDocument,
} from "../generated/explorer";
import { HubError } from "../shared/failure";
import { NAME } from "../shared/question";
import { TextField } from "../shared/ui/fields";
import { Empty, Notice } from "../shared/ui/parts";
import { ask, token } from "./hub";
import { type Key, t, useLanguage } from "./i18n";
import { idIn, variablesIn, variablesOf } from "./question";
import { useOpening } from "./opening";

/** The panel of saved questions, beside those of the documentation and of what was asked before. */
export const SAVED: GraphiQLPlugin = { title: "保存的查询", icon: Icon, content: Panel };

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M6 3.75h12v16.5l-6-4.5-6 4.5z" />
    </svg>
  );
}

function Panel() {
  const [turn, setTurn] = useState(0);
  const { questions, error } = useQuestions(turn);
  const language = useLanguage();
  const { fault, open } = useSaved();
  return (
    <div className="saved" lang={language === "zh" ? "zh-CN" : "en"}>
      <h2 className="graphiql-history-header">{t("saved.title")}</h2>
      <Save then={() => setTurn(turn + 1)} />
      {error !== undefined && <Fault error={error} />}
      {questions?.length === 0 && <Empty title={t("saved.none")} hint={t("saved.noneHint")} />}
      <ul>
        {questions?.map(({ id, name, shared }) => (
          <li key={id}>
            <button type="button" onClick={() => open(id)}>
              {name}
            </button>
            {shared && <small>{t("saved.shared")}</small>}
            <a href={`/desk/#/saved/${id}`} aria-label={`${t("saved.manage")} ${name}`} title={t("saved.manageHint")}>
              {t("saved.manage")}
            </a>
          </li>
        ))}
      </ul>
      <Link open={open} />
      {fault !== undefined && <Fault error={fault} />}
    </div>
  );
}

/** The questions of the account, asked again after a turn and for another account. */
function useQuestions(turn: number) {
  const account = useSyncExternalStore(token.subscribe, token.get);
  const [told, setTold] = useState<{ questions?: SavedQuestionsQuery["savedQuestions"]; error?: unknown }>({});
  useEffect(() => {
    let isWanted = true;
    ask(SavedQuestionsDocument, {}).then(
      ({ savedQuestions }) => isWanted && setTold({ questions: savedQuestions }),
      (error: unknown) => isWanted && setTold({ error }),
    );
    return () => {
      isWanted = false;
    };
  }, [turn, account]);
  return told;
}

/** Brings a saved question into the editor, by its id. */
function useSaved() {
  const { isReady, open: bring } = useOpening();
  const [fault, setFault] = useState<unknown>();
  async function open(id: string) {
    setFault(undefined);
    try {
      const { savedQuestion } = await ask(SavedQuestionDocument, { id });
      if (!savedQuestion) throw new Error(t("saved.gone"));
      bring(savedQuestion.query, variablesOf(savedQuestion.variables));
    } catch (error) {
      setFault(error);
    }
  }
  return { isReady, fault, open };
}

/** Saves what is in the editor, with its variables. */
function Save({ then }: { then: () => void }) {
  const query = useGraphiQL((state) => state.queryEditor);
  const variables = useGraphiQL((state) => state.variableEditor);
  const [name, setName] = useState("");
  const [told, setTold] = useState<{ isBusy: boolean; saved?: string; fault?: unknown }>({ isBusy: false });

  async function save(event: FormEvent) {
    event.preventDefault();
    setTold({ isBusy: true });
    try {
      const given = variablesIn(variables?.getValue() ?? "");
      if (!given) throw new Error(t("saved.variables"));
      const asked = { name: name.trim(), query: query?.getValue() ?? "", variables: given };
      const { saveQuestion } = await ask(SaveQuestionDocument, asked);
      setTold({ isBusy: false, saved: saveQuestion.name });
      setName("");
      then();
    } catch (fault) {
      setTold({ isBusy: false, fault });
    }
  }

  return (
    <form onSubmit={save}>
      <TextField label={t("saved.name")} hint={t("saved.hint")} maxLength={NAME} value={name} change={setName} />
      <button className="graphiql-button" disabled={told.isBusy || !name.trim()}>
        {t("saved.save")}
      </button>
      {told.saved !== undefined && <Notice kind="good">{t("saved.done", { name: told.saved })}</Notice>}
      {told.fault !== undefined && <Fault error={told.fault} />}
    </form>
  );
}

/** Opens a question of which somebody gave the link. */
function Link({ open }: { open: (id: string) => Promise<void> }) {
  const [link, setLink] = useState("");
  const id = idIn(link);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (id) void open(id).then(() => setLink(""));
  }

  return (
    <form onSubmit={submit}>
      <TextField
        label={t("saved.link")}
        hint={t("saved.linkHint")}
        fault={link && !id ? t("saved.noLink") : undefined}
        value={link}
        change={setLink}
      />
      <button className="graphiql-button" disabled={!id}>
        {t("saved.open")}
      </button>
    </form>
  );
}

/** Opens the question that the address of this page names, as a link of the desk does. */
export function Linked() {
  const { setVisiblePlugin } = useGraphiQLActions();
  const account = useSyncExternalStore(token.subscribe, token.get);
  const { isReady, fault, open } = useSaved();
  const [id, setId] = useState(() => idIn(location.hash));
  useEffect(() => {
    const follow = () => setId(idIn(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  useEffect(() => {
    if (!isReady || !id) return;
    setVisiblePlugin(SAVED);
    void open(id);
  }, [isReady, id, account]);
  return fault === undefined ? null : <Fault error={fault} />;
}

function Fault({ error }: { error: unknown }) {
  return <Notice kind="alert">{sentenceOf(error)}</Notice>;
}

function sentenceOf(error: unknown): string {
  if (error instanceof HubError) return t(`error.${error.failure}` satisfies Key, { message: error.message });
  return error instanceof Error ? error.message : t("error.fault");
}
