import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";
import sun from "../../sun.svg";
import { afterGate } from "../after";
import type { Begun } from "../begun";
import { device, TRIES, useDevice } from "../device/device";
import type { Account } from "../device/store";
import { type Failure, HubError } from "../../shared/failure";
import { changePassword, markOf, type Orders, ordersFor, signIn } from "../hub/session";
import { type Key, language, t, useLanguage } from "../i18n";
import { OneOf, TextField } from "../../shared/ui/fields";
import { Heading, Notice } from "../../shared/ui/parts";

/** What stands before the app: signing in on a new device, the PIN on one that is locked. */
export function Gate({ begun }: { begun: Begun }) {
  const state = useDevice();
  const [signedIn, setSignedIn] = useState<[Account, Orders]>();
  if (state.state === "locked") return <Unlock wrong={state.wrong} />;
  if (signedIn) return <ChoosePin account={signedIn[0]} orders={signedIn[1]} />;
  const wiped = state.state === "new" ? state.wiped : undefined;
  return (
    <Frame title={t("signin.title")}>
      {wiped === "pins" && <Notice kind="alert">{t("pin.wiped", { count: TRIES })}</Notice>}
      {wiped === "order" && <Notice kind="alert">{t("clear.done")}</Notice>}
      <p className="muted">{t("signin.intro")}</p>
      <SignIn begun={begun} done={(account, orders) => setSignedIn([account, orders])} />
    </Frame>
  );
}

function Frame({ title, children }: { title: string; children: ReactNode }) {
  const chosen = useLanguage();
  const other = chosen === "zh" ? "en" : "zh";
  return (
    <main className="gate">
      <header>
        <img src={sun} alt="" />
        <span className="name">{t("app.name")}</span>
      </header>
      <Heading>{title}</Heading>
      {children}
      <p>
        <button
          type="button"
          className="button plain"
          lang={other === "zh" ? "zh-CN" : "en"}
          onClick={() => language.set(other)}
        >
          {other === "zh" ? "中文" : "English"}
        </button>
      </p>
    </main>
  );
}

const FAILURES: Record<Failure, Key> = {
  offline: "error.offline",
  busy: "error.busy",
  signin: "error.signin",
  refused: "error.refused",
  fault: "error.fault",
};

/** What happened, what is safe, what to do. */
export function sentenceOf(error: unknown): string {
  if (error instanceof HubError) return t(FAILURES[error.failure], { message: error.message });
  return error instanceof Error ? error.message : t("error.fault");
}

type Way = Begun["way"];

const FIELDS = { username: '[autocomplete="username"]', secret: '[type="password"]' };

/** Signs in, by whichever way the account has, and tells whose account it is. */
export function SignIn({ begun, done }: { begun?: Begun; done: (account: Account, orders: Orders) => void }) {
  const form = useRef<HTMLFormElement>(null);
  const [way, setWay] = useState<Way>(begun?.way ?? "password");
  const [username, setUsername] = useState(begun?.username ?? "");
  const [secret, setSecret] = useState(begun?.secret ?? "");
  const [code, setCode] = useState<string>();
  const [fresh, setFresh] = useState<{ token: string; password: string }>();
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);

  // Whoever was typing goes on where they were.
  useEffect(() => {
    if (begun?.focus) form.current?.querySelector<HTMLElement>(FIELDS[begun.focus])?.focus();
  }, [begun]);

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setFault("");
    try {
      const token = await tokenOf();
      if (token) done(await accountOf(token), await ordersFor(await markOf(token)));
    } catch (error) {
      setFault(sentenceOf(error));
    } finally {
      setBusy(false);
    }
  }

  /** The token, or nothing where something more has to be typed first. */
  async function tokenOf(): Promise<string | undefined> {
    if (fresh) return changed(fresh.token, fresh.password);
    if (way === "token") return secret.trim();
    const signed = await signIn(username.trim(), secret, code?.trim() ?? "");
    if (signed.state === "in") return signed.token;
    if (signed.state === "enrol") throw new Error(t("signin.mustEnrol"));
    if (signed.state === "code") setCode("");
    else setFresh({ token: signed.token, password: "" });
    return undefined;
  }

  async function changed(token: string, password: string): Promise<string | undefined> {
    await changePassword(token, secret, password);
    const again = await signIn(username.trim(), password, "");
    if (again.state === "in") return again.token;
    setFresh(undefined);
    setSecret(password);
    if (again.state === "enrol") throw new Error(t("signin.mustEnrol"));
    setCode("");
    return undefined;
  }

  return (
    <form ref={form} className="form" onSubmit={submit}>
      <OneOf
        label={t("signin.by")}
        value={way}
        change={(next) => {
          setWay(next);
          setSecret("");
        }}
        choices={[
          ["password", t("signin.byPassword")],
          ["token", t("signin.byToken")],
        ]}
      />
      {way === "password" && (
        <TextField label={t("signin.username")} value={username} change={setUsername} autoComplete="username" />
      )}
      <TextField
        label={t(way === "password" ? "signin.password" : "signin.token")}
        type="password"
        autoComplete={way === "password" ? "current-password" : "off"}
        value={secret}
        change={setSecret}
      />
      {code !== undefined && (
        <>
          <p>{t("error.code")}</p>
          <TextField
            label={t("signin.code")}
            inputMode="numeric"
            autoComplete="one-time-code"
            value={code}
            change={setCode}
          />
        </>
      )}
      {fresh && (
        <>
          <p>{t("signin.mustChange")}</p>
          <TextField
            label={t("signin.newPassword")}
            type="password"
            autoComplete="new-password"
            value={fresh.password}
            change={(password) => setFresh({ ...fresh, password })}
          />
        </>
      )}
      {fault && <Notice kind="alert">{fault}</Notice>}
      <button className="button strong wide" disabled={busy || !secret}>
        {busy ? t("common.wait") : t("signin.submit")}
      </button>
    </form>
  );
}

/** Asking the hub comes after the gate. */
async function accountOf(token: string): Promise<Account> {
  const asking = await afterGate(() => import("../hub/account"));
  return asking.accountOf(token);
}

function ChoosePin({ account, orders }: { account: Account; orders: Orders }) {
  const [pin, setPin] = useState("");
  const [again, setAgain] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const wrong = pinFault(pin) ?? (pin === again ? undefined : t("pin.differ"));
    setFault(wrong ?? "");
    if (wrong) return;
    setBusy(true);
    try {
      await device.found(pin, account, orders);
    } catch (error) {
      setFault(sentenceOf(error));
      setBusy(false);
    }
  }

  return (
    <Frame title={t("pin.choose")}>
      <p className="muted">{t("pin.chooseIntro")}</p>
      <form className="form" onSubmit={submit}>
        <PinField label={t("pin.new")} value={pin} change={setPin} />
        <PinField label={t("pin.repeat")} value={again} change={setAgain} />
        {fault && <Notice kind="alert">{fault}</Notice>}
        <button className="button strong wide" disabled={busy}>
          {busy ? t("common.wait") : t("pin.set")}
        </button>
      </form>
    </Frame>
  );
}

/** What is wrong with a PIN: its form, or that it is among the first to be tried. */
export function pinFault(pin: string): string | undefined {
  if (!/^\d{6}$/.test(pin)) return t("pin.form");
  const steps = [...pin].slice(1).map((digit, i) => Number(digit) - Number(pin[i]));
  const isEven = steps.every((step) => step === steps[0]) && Math.abs(steps[0] ?? 0) <= 1;
  return isEven ? t("pin.easy") : undefined;
}

function Unlock({ wrong }: { wrong: number }) {
  const [pin, setPin] = useState("");
  const [busy, setBusy] = useState(false);
  const left = TRIES - wrong;

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    await device.unlock(pin);
    setPin("");
    setBusy(false);
  }

  return (
    <Frame title={t("pin.unlock")}>
      <p className="muted">{t("pin.unlockIntro")}</p>
      <form className="form" onSubmit={submit}>
        <PinField label={t("pin.new")} value={pin} change={setPin} autoFocus />
        {wrong > 0 && (
          <Notice kind="alert">{t(left <= 3 ? "pin.wrongSoon" : "pin.wrong", { left })}</Notice>
        )}
        <button className="button strong wide" disabled={busy || pin.length !== 6}>
          {busy ? t("pin.opening") : t("pin.open")}
        </button>
      </form>
    </Frame>
  );
}

function PinField(props: { label: string; value: string; change: (pin: string) => void; autoFocus?: boolean }) {
  return <TextField {...props} type="password" inputMode="numeric" autoComplete="off" className="pin" maxLength={6} />;
}
