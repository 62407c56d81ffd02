import { type Role, ViewerDocument } from "../../generated/hub";
import type { Account } from "../device/store";
import { t } from "../i18n";
import { ask } from "./client";

/** Roles from which the hub takes nothing. */
const LOOKING_ON: Role[] = ["ANALYST", "ADMIN", "AUDITOR"];

/** Whose token it is. The app is for one station, since a device holds one list. */
export async function accountOf(token: string): Promise<Account> {
  const { viewer } = await ask(token, ViewerDocument, {});
  if (LOOKING_ON.includes(viewer.role)) throw new Error(t("signin.noHandingIn"));
  const [station, ...others] = viewer.stations ?? [];
  if (!station) throw new Error(t("signin.noStation"));
  if (others.length > 0) throw new Error(t("signin.tooMany", { count: others.length + 1 }));
  return { username: viewer.username, name: viewer.name, station, token };
}
