import { type FormEvent, type ReactNode, useState } from "react";
import { TextField } from "../../shared/ui/fields";
import { Heading, Notice } from "../../shared/ui/parts";
import sun from "../../sun.svg";
import { HubError } from "../hub/client";
import { beginEnrolment, changePassword, confirmEnrolment, type SignedIn, signIn } from "../hub/session";
import { t } from "../i18n";
import { session } from "../session";
import { sentenceOf } from "../ui/faults";
import { LanguageButton } from "../ui/language";

/** Signing in, with all that the hub asks for before it lets an account in. */
export function Gate({ ended }: { ended: boolean }) {
  const [secret, setSecret] = useState<{ secret: string; uri: string }>();
  return (
    <main className="gate">
      <header>
        <img src={sun} alt="" />
        <span className="name">{t("app.name")}</span>
      </header>
      <Heading>{t(secret ? "enrol.title" : "signin.title")}</Heading>
      {ended && !secret && <Notice kind="caution">{t("signin.ended")}</Notice>}
      {secret ? <Enrolment {...secret} /> : <SignIn enrol={async () => setSecret(await beginEnrolment())} />}
      <p>
        <LanguageButton />
      </p>
    </main>
  );
}

/** A form that shows that it is under way, and what went wrong. */
function Form({ action, label, children }: { action: () => Promise<void>; label: string; children: ReactNode }) {
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setFault("");
    try {
      await action();
    } catch (error) {
      const isWrong = error instanceof HubError && error.failure === "signin";
      setFault(isWrong ? t("signin.wrong") : sentenceOf(error));
    } finally {
      setBusy(false);
    }
  }
  return (
    <form className="form" onSubmit={submit}>
      {children}
      {fault && <Notice kind="alert">{fault}</Notice>}
      <button className="button strong wide" disabled={isBusy}>
        {isBusy ? t("common.wait") : label}
      </button>
    </form>
  );
}

function SignIn({ enrol }: { enrol: () => Promise<void> }) {
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [fresh, setFresh] = useState("");
  const [asked, setAsked] = useState<"code" | "change">();

  async function next(signed: SignedIn) {
    if (signed === "in") await session.load();
    else if (signed === "enrol") await enrol();
    else setAsked(signed);
  }

  async function submit() {
    if (asked !== "change") return next(await signIn(username.trim(), password, code.trim()));
    await changePassword(password, fresh);
    setPassword(fresh);
    setAsked(undefined);
    await next(await signIn(username.trim(), fresh, ""));
  }

  return (
    <Form action={submit} label={t("signin.submit")}>
      <TextField label={t("signin.username")} value={username} change={setUsername} autoComplete="username" />
      <TextField
        label={t("signin.password")}
        type="password"
        value={password}
        change={setPassword}
        autoComplete="current-password"
      />
      {asked === "code" && (
        <TextField
          label={t("signin.code")}
          hint={t("signin.codeHint")}
          value={code}
          change={setCode}
          autoComplete="one-time-code"
          autoFocus
        />
      )}
      {asked === "change" && (
        <TextField
          label={t("signin.newPassword")}
          hint={t("signin.mustChange")}
          type="password"
          value={fresh}
          change={setFresh}
          autoComplete="new-password"
          autoFocus
        />
      )}
    </Form>
  );
}

function Enrolment({ secret, uri }: { secret: string; uri: string }) {
  const [code, setCode] = useState("");
  const [recovery, setRecovery] = useState<string[]>();
  if (recovery) return <Recovery codes={recovery} />;
  return (
    <Form action={async () => setRecovery(await confirmEnrolment(code.trim()))} label={t("enrol.confirm")}>
      <p>{t("enrol.intro")}</p>
      <p>
        <span className="muted">{t("enrol.secret")}</span>
        <br />
        <code className="secret">{secret.match(/.{1,4}/g)?.join(" ")}</code>
      </p>
      <p>
        <a href={uri}>{t("enrol.open")}</a>
      </p>
      <TextField
        label={t("enrol.code")}
        inputMode="numeric"
        value={code}
        change={setCode}
        autoComplete="one-time-code"
      />
    </Form>
  );
}

function Recovery({ codes }: { codes: string[] }) {
  return (
    <>
      <Notice kind="caution">{t("enrol.recovery")}</Notice>
      <ul className="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <button type="button" className="button strong wide" onClick={() => void session.load()}>
        {t("enrol.done")}
      </button>
    </>
  );
}
