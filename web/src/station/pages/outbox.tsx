import { type ReactNode, useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import type { ContentInput } from "../../generated/hub";
import { dayOf, inWords, moment } from "../caseload/day";
import { dayOfForm, photosOf } from "../forms/form";
import { t } from "../i18n";
import type { Live } from "../live";
import { type Draft, isOpenToChange, isWhole, type Item, triedNext } from "../outbox/item";
import { useCell } from "../../shared/ui/cell";
import { Empty, Heading, Notice } from "../../shared/ui/parts";
import { sentenceOf } from "./gate";
import { Sides } from "./sides";

/** All that is not in the hub yet, and what was stored lately, each in plain words. */
export function Outbox({ live }: { live: Live }) {
  const drafts = [...useCell(live.drafts)].sort((a, b) => b.changedAt.localeCompare(a.changedAt));
  const items = [...useCell(live.items)].sort((a, b) => b.handedInAt.localeCompare(a.handedInAt));
  const needsSignIn = useCell(live.needsSignIn);
  const waiting = items.filter(({ state }) => state.is !== "stored");
  const stored = items.filter(({ state }) => state.is === "stored");
  return (
    <div className="page">
      <div className="head">
        <Heading>{t("outbox.title")}</Heading>
        {waiting.some(({ state }) => state.is === "waiting") && !needsSignIn && (
          <button type="button" className="button" onClick={() => void live.sendNow()}>
            {t("outbox.sendNow")}
          </button>
        )}
      </div>
      {needsSignIn && <SignInFirst />}
      {drafts.length + items.length === 0 && (
        <Empty title={t("outbox.empty")} hint={t("outbox.emptyHint")} />
      )}
      <Section title={t("outbox.items")} count={waiting.length}>
        {waiting.map((item) => (
          <li key={item.id} className="card">
            <ItemHead item={item} />
            <ItemState live={live} item={item} />
          </li>
        ))}
      </Section>
      <Section title={t("outbox.drafts")} count={drafts.length}>
        {drafts.map((draft) => (
          <li key={draft.id}>
            <DraftCard draft={draft} />
          </li>
        ))}
      </Section>
      <Section title={t("outbox.done")} count={stored.length}>
        {stored.map((item) => (
          <li key={item.id} className="card">
            <ItemHead item={item} />
            <ItemState live={live} item={item} />
          </li>
        ))}
      </Section>
    </div>
  );
}

function Section({ title, count, children }: { title: string; count: number; children: ReactNode }) {
  if (count === 0) return null;
  return (
    <section className="form">
      <h2>{title}</h2>
      <ul className="cards">{children}</ul>
    </section>
  );
}

export function SignInFirst() {
  return (
    <Notice kind="caution">
      <p>{t("outbox.signin")}</p>
      <p>
        <Link href="/signin" className="button">
          {t("outbox.signinDo")}
        </Link>
      </p>
    </Notice>
  );
}

function DraftCard({ draft }: { draft: Draft }) {
  return (
    <Link href={`/drafts/${draft.id}`} className="card">
      <span className="name">{t(`outbox.${draft.form.kind}`, { name: draft.subject.name || t("entry.someone") })}</span>
      <span className="small muted">{moment(draft.changedAt)}</span>
      {draft.problems.length > 0 && (
        <span className="small fault">{draft.problems.map(({ message }) => message).join("；")}</span>
      )}
    </Link>
  );
}

function ItemHead({ item }: { item: Item }) {
  const { state } = item;
  const kinds = { waiting: "", sending: "accent", stored: "good", refused: "alert", conflict: "caution" };
  const next = triedNext(item) ?? 0;
  const words =
    next > Date.now()
      ? t("outbox.later", { when: moment(new Date(next).toISOString()) })
      : t(`outbox.${state.is}`);
  return (
    <>
      <div className="top">
        <span className="name">{t(`outbox.${item.form.kind}`, { name: item.subject.name })}</span>
        <span className={`tag ${kinds[state.is]}`}>{words}</span>
      </div>
      <p className="small muted">{inWords(dayOfForm(item.form) ?? dayOf(new Date(item.handedInAt)))}</p>
    </>
  );
}

function ItemState({ live, item }: { live: Live; item: Item }) {
  const { state } = item;
  switch (state.is) {
    case "waiting":
      return (
        <>
          <p className="small muted">{t(state.tries > 0 ? "outbox.laterHint" : "outbox.waitingHint")}</p>
          {!isWhole(item) && <PhotosOnTheWay live={live} item={item} />}
          {isOpenToChange(item) && <Mend live={live} item={item} />}
        </>
      );
    case "sending":
      return <p className="small muted">{t("outbox.laterHint")}</p>;
    case "stored":
      return <p className="small muted">{t("outbox.receipt", { when: moment(state.at) })}</p>;
    case "refused":
      return (
        <>
          <ul>
            {state.problems.map(({ path, message, repair }) => (
              <li key={path + message} className="fault">
                {message} {repair && t("outbox.repair", { value: repair })}
              </li>
            ))}
          </ul>
          <Mend live={live} item={item} />
        </>
      );
    case "conflict":
      return <Conflict live={live} item={item} />;
  }
}

function PhotosOnTheWay({ live, item }: { live: Live; item: Item }) {
  const now = useCell(live.uploading);
  const count = photosOf(item.form).length;
  const done = Object.keys(item.uploads?.whole ?? {}).length;
  const words =
    now?.item === item.id
      ? t("photo.uploading", { n: now.photo, count, percent: now.percent })
      : t("photo.uploaded", { done, count });
  return <p className="small">{words}</p>;
}

function Mend({ live, item }: { live: Live; item: Item }) {
  const [, go] = useLocation();
  const mend = async () => {
    const draft = await live.mend(item);
    if (draft) go(`/drafts/${draft.id}`);
  };
  return (
    <div className="actions">
      <button type="button" className="button" onClick={() => void mend()}>
        {t("outbox.mend")}
      </button>
    </div>
  );
}

function Conflict({ live, item }: { live: Live; item: Item }) {
  const [, go] = useLocation();
  const [theirs, setTheirs] = useState<ContentInput>();
  const [fault, setFault] = useState("");
  useEffect(() => {
    live.theirs(item).then(
      (found) => (found ? setTheirs(found) : setFault(t("outbox.theirsUnseen"))),
      (error) => setFault(sentenceOf(error)),
    );
  }, [live, item]);
  const asNew = async () => go(`/drafts/${(await live.sendAsNew(item)).id}`);
  return (
    <>
      <p>{t("outbox.conflictHint")}</p>
      {fault && <Notice kind="caution">{fault}</Notice>}
      {theirs && <Sides mine={item.submission.content} theirs={theirs} />}
      <div className="actions">
        <button type="button" className="button" onClick={() => void live.forget([item])}>
          {t("outbox.keepTheirs")}
        </button>
        <button type="button" className="button" onClick={() => void asNew()}>
          {t("outbox.keepMine")}
        </button>
      </div>
    </>
  );
}
