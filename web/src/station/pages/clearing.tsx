import { useEffect, useState } from "react";
import { AccountsToClearDocument, ClearDevicesDocument, type StaffAccountFragment } from "../../generated/hub";
import { moment } from "../caseload/day";
import { device } from "../device/device";
import { ask } from "../hub/client";
import { t } from "../i18n";
import type { Live } from "../live";
import { useCell } from "../../shared/ui/cell";
import { Notice } from "../../shared/ui/parts";
import { sentenceOf } from "./gate";

/** How many drafts and items the hub does not have. */
export function useUnsent(live: Live): number {
  const drafts = useCell(live.drafts).length;
  return drafts + useCell(live.items).filter(({ state }) => state.is !== "stored").length;
}

/** That it was ordered to clear this device, and what is sent before. Where nothing is left, it is cleared. */
export function Ordered({ live }: { live: Live }) {
  const isOrdered = useCell(live.mustClear);
  const count = useUnsent(live);
  useEffect(() => {
    if (isOrdered && count === 0) void device.wipe("order");
  }, [isOrdered, count]);
  if (!isOrdered || count === 0) return null;
  const clear = () => {
    if (confirm(t("clear.nowAsk", { count }))) void device.wipe("order");
  };
  return (
    <Notice kind="caution">
      <p>{t("clear.ordered", { count })}</p>
      <p>{t("clear.orderedHint")}</p>
      <p>
        <button type="button" className="button" onClick={clear}>
          {t("clear.now")}
        </button>
      </p>
    </Notice>
  );
}

/** Orders that devices are cleared, of whichever accounts the hub lets this one order it. */
export function Others({ live }: { live: Live }) {
  const [accounts, setAccounts] = useState<StaffAccountFragment[]>();
  const [fault, setFault] = useState("");
  const { token, station } = live.account;
  const tried = (act: () => Promise<void>) => {
    setFault("");
    act().catch((error) => setFault(sentenceOf(error)));
  };
  const show = async () => setAccounts((await ask(token, AccountsToClearDocument, { station: station.code })).accountsToClear);
  const order = async (account: StaffAccountFragment, sendFirst: boolean) => {
    const name = account.name ?? account.username;
    if (!confirm(t(sendFirst ? "clear.sendFirstAsk" : "clear.atOnceAsk", { name }))) return;
    const { clearDevices } = await ask(token, ClearDevicesDocument, { username: account.username, sendFirst });
    setAccounts(accounts?.map((one) => (one.username === clearDevices.username ? clearDevices : one)));
    await live.refresh();
  };
  return (
    <section className="panel">
      <h2>{t("clear.title")}</h2>
      <p className="small muted">{t("clear.intro")}</p>
      {fault && <Notice kind="alert">{fault}</Notice>}
      {accounts ? (
        <ul className="cards">
          {accounts.map((account) => (
            <li key={account.username}>
              <Account account={account} order={(sendFirst) => tried(() => order(account, sendFirst))} />
            </li>
          ))}
        </ul>
      ) : (
        <p>
          <button type="button" className="button" onClick={() => tried(show)}>
            {t("clear.show")}
          </button>
        </p>
      )}
    </section>
  );
}

function Account({ account, order }: { account: StaffAccountFragment; order: (sendFirst: boolean) => void }) {
  const { username, clearedAtOnceAt, clearedAfterSendingAt } = account;
  const name = account.name ?? username;
  return (
    <>
      <p className="name">
        {name}（{username}）
      </p>
      {clearedAfterSendingAt && (
        <p className="small muted">{t("clear.sentFirstAt", { when: moment(clearedAfterSendingAt) })}</p>
      )}
      {clearedAtOnceAt && <p className="small muted">{t("clear.atOnceAt", { when: moment(clearedAtOnceAt) })}</p>}
      <div className="actions">
        <button type="button" className="button" aria-label={`${name} ${t("clear.sendFirst")}`} onClick={() => order(true)}>
          {t("clear.sendFirst")}
        </button>
        <button type="button" className="button danger" aria-label={`${name} ${t("clear.atOnce")}`} onClick={() => order(false)}>
          {t("clear.atOnce")}
        </button>
      </div>
    </>
  );
}
