import { failed, HubError } from "../../shared/failure";
import { sha256 } from "../digest";

/** What signing in came to. */
export type SignedIn =
  | { state: "in"; token: string }
  | { state: "code" }
  | { state: "change"; token: string }
  | { state: "enrol" };

/** Signs in by password, and the code of an authenticator where the account has one. */
export async function signIn(username: string, password: string, code: string): Promise<SignedIn> {
  const body = { username, password, ...(code && { code }) };
  const { status, told } = await post("/session", body);
  if (status === 401 && told.errors?.[0]?.extensions?.reason === "CODE_NEEDED") return { state: "code" };
  if (!told.token) throw new HubError("fault", "an answer without a token");
  if (told.mustChangePassword) return { state: "change", token: told.token };
  if (told.mustEnrol) return { state: "enrol" };
  return { state: "in", token: told.token };
}

/** Sets a password of one's own in place of a first one. */
export async function changePassword(token: string, currentPassword: string, newPassword: string) {
  await post("/session/password", { currentPassword, newPassword }, token);
}

/** When it was last ordered that devices of the account are cleared; nothing where it never was. */
export interface Orders {
  atOnce: string | null;
  afterSending: string | null;
}

export const NO_ORDERS: Orders = { atOnce: null, afterSending: null };

/** What the hub keeps of a token: it knows a device by it, and it opens nothing. */
export function markOf(token: string): Promise<string> {
  return sha256(new TextEncoder().encode(token));
}

/** The orders for devices that signed in by the token of this mark, also once that is worth nothing. */
export async function ordersFor(mark: string): Promise<Orders> {
  const { told } = await post("/session/clearing", { mark });
  return { atOnce: told.atOnce ?? null, afterSending: told.afterSending ?? null };
}

interface Told extends Partial<Orders> {
  token?: string;
  mustChangePassword?: boolean;
  mustEnrol?: boolean;
  errors?: { message: string; extensions?: Record<string, unknown> }[];
}

async function post(path: string, body: object, token?: string): Promise<{ status: number; told: Told }> {
  const headers: Record<string, string> = { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  let response: Response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
      credentials: "omit",
      signal: AbortSignal.timeout(30_000),
    });
  } catch (error) {
    throw new HubError("offline", String(error));
  }
  const told = (await response.json().catch(() => ({}))) as Told;
  const needsCode = told.errors?.[0]?.extensions?.reason === "CODE_NEEDED";
  if (!response.ok && !needsCode) throw failed(told.errors?.[0], response, response.statusText);
  return { status: response.status, told };
}
