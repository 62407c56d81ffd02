import { useEffect, useState } from "react";
import { useLocation } from "wouter";
import { device } from "../device/device";
import { type Language, language, t, useLanguage } from "../i18n";
import type { Live } from "../live";
import { useCell } from "../../shared/ui/cell";
import { OneOf } from "../../shared/ui/fields";
import { Heading, Notice } from "../../shared/ui/parts";
import { type Theme, theme, useTheme } from "../../shared/ui/theme";
import type { Account } from "../device/store";
import { Others, useUnsent } from "./clearing";
import { SignIn } from "./gate";
import { SyncLine } from "./today";

/** The device: whose it is, how it looks, locking and clearing it. */
export function Me({ live }: { live: Live }) {
  const { account } = live;
  const chosen = useLanguage();
  const look = useTheme();
  return (
    <div className="page narrow">
      <Heading>{t("me.title")}</Heading>
      <section className="panel">
        <p>
          <span className="muted">{t("me.account")}</span> {account.name}（{account.username}）
        </p>
        <p>
          <span className="muted">{t("me.station")}</span> {account.station.name}
        </p>
        <Held live={live} />
        <SyncLine live={live} />
        <div className="actions">
          <button type="button" className="button" onClick={() => void live.refresh()}>
            {t("me.sync")}
          </button>
          <button type="button" className="button" onClick={() => device.lock()}>
            {t("me.lock")}
          </button>
        </div>
      </section>
      <OneOf<Language>
        label={t("me.language")}
        value={chosen}
        change={language.set}
        choices={[
          ["zh", "中文"],
          ["en", "English"],
        ]}
      />
      <OneOf<Theme>
        label={t("theme.label")}
        value={look}
        change={theme.set}
        choices={[
          ["auto", t("theme.auto")],
          ["light", t("theme.light")],
          ["dark", t("theme.dark")],
        ]}
      />
      <p>
        <a href="/">{t("me.explorer")}</a>
      </p>
      <Wipe live={live} />
      <Others live={live} />
    </div>
  );
}

function Held({ live }: { live: Live }) {
  const people = useCell(live.cases).length;
  const [size, setSize] = useState<number>();
  useEffect(() => {
    navigator.storage?.estimate?.().then(({ usage }) => usage && setSize(Math.round(usage / 1000)), () => {});
  }, []);
  if (!size) return null;
  return <p>{t("me.held", { people, size })}</p>;
}

function Wipe({ live }: { live: Live }) {
  const count = useUnsent(live);
  const wipe = () => {
    if (confirm(count > 0 ? t("me.wipeAsk", { count }) : t("me.wipeAskNone"))) void device.wipe();
  };
  return (
    <section className="field">
      <p>
        <button type="button" className="button danger" onClick={wipe}>
          {t("me.wipe")}
        </button>
      </p>
      <p className="small muted">{t("me.wipeHint")}</p>
    </section>
  );
}

/** Signs in again where the session has ended: by the account that the device is of. */
export function SignInAgain({ live }: { live: Live }) {
  const [, go] = useLocation();
  const [other, setOther] = useState("");
  const { username } = live.account;

  async function done(account: Account) {
    if (account.username !== username) return setOther(account.username);
    await device.renew(account.token);
    go("/outbox", { replace: true });
  }

  return (
    <div className="page narrow">
      <Heading>{t("signin.again")}</Heading>
      <p className="muted">{t("signin.againIntro", { account: username })}</p>
      {other && <Notice kind="alert">{t("signin.other", { given: other, account: username })}</Notice>}
      <SignIn done={(account) => void done(account)} />
    </div>
  );
}
