import { failed, HubError } from "../../shared/failure";
import { language } from "../i18n";

/** What signing in came to; the session itself is in a cookie that no script reads. */
export type SignedIn = "in" | "code" | "change" | "enrol";

/** Signs in by password, and the code of an authenticator where the account has one. */
export async function signIn(username: string, password: string, code: string): Promise<SignedIn> {
  const body = { username, password, cookie: true, ...(code && { code }) };
  const told = await call("POST", "/session", body);
  if (told.needsCode) return "code";
  if (told.mustChangePassword) return "change";
  return told.mustEnrol ? "enrol" : "in";
}

/** Sets a password of one's own in place of a first one. */
export async function changePassword(currentPassword: string, newPassword: string) {
  await call("POST", "/session/password", { currentPassword, newPassword });
}

/** Begins to enrol an authenticator. Gives its secret, and the address that opens one on this device. */
export async function beginEnrolment(): Promise<{ secret: string; uri: string }> {
  const { secret = "", uri = "" } = await call("POST", "/session/totp", {});
  return { secret, uri };
}

/** Ends it by the authenticator's first code. Gives the recovery codes, which are told this once. */
export async function confirmEnrolment(code: string): Promise<string[]> {
  return (await call("POST", "/session/totp/confirm", { code })).recoveryCodes ?? [];
}

export async function signOut() {
  await call("DELETE", "/session");
}

interface Told {
  mustChangePassword?: boolean;
  mustEnrol?: boolean;
  secret?: string;
  uri?: string;
  recoveryCodes?: string[];
  errors?: { message: string; extensions?: Record<string, unknown> }[];
}

async function call(method: string, path: string, body?: object): Promise<Told & { needsCode: boolean }> {
  const headers: Record<string, string> = { "accept-language": language.get() };
  if (body) headers["content-type"] = "application/json";
  let response: Response;
  try {
    const signal = AbortSignal.timeout(30_000);
    const sent = { method, headers, signal, credentials: "same-origin" as const };
    response = await fetch(path, body ? { ...sent, body: JSON.stringify(body) } : sent);
  } catch (error) {
    throw new HubError("offline", String(error));
  }
  const told = (await response.json().catch(() => ({}))) as Told;
  const needsCode = told.errors?.[0]?.extensions?.reason === "CODE_NEEDED";
  if (!response.ok && !needsCode) throw failed(told.errors?.[0], response, response.statusText);
  return { ...told, needsCode };
}
