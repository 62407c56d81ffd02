import { ViewerDocument } from "../../generated/hub";
import type { Account } from "../device/store";
import { t } from "../i18n";
import { ask } from "./client";

/** Whose token it is. The app is for one station, since a device holds one list. */
export async function accountOf(token: string): Promise<Account> {
  const { viewer } = await ask(token, ViewerDocument, {});
  const [station, ...others] = viewer.stations ?? [];
  if (!station) throw new Error(t("signin.noStation"));
  if (others.length > 0) throw new Error(t("signin.tooMany", { count: others.length + 1 }));
  return { username: viewer.username, name: viewer.name, station, token };
}
