import { useCallback, useState } from "react";
import { Busy } from "../../shared/ui/parts";
import { PersonAccessesDocument } from "../../generated/desk";
import { ask } from "../hub/client";
import { type Key, t } from "../i18n";
import { Fault } from "../ui/faults";
import { usePaged } from "../ui/paged";
import { Panel } from "../ui/panel";
import { timeOf } from "../ui/words";

/** Who has seen or written what is on record of a person; asked for when somebody wants to know. */
export function Accesses({ id }: { id: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Panel title={t("accesses.title")}>
      <p className="muted small">{t("accesses.hint")}</p>
      {isOpen ? (
        <Trail id={id} />
      ) : (
        <p>
          <button type="button" className="button" onClick={() => setOpen(true)}>
            {t("accesses.look")}
          </button>
        </p>
      )}
    </Panel>
  );
}

const COLUMNS = ["accesses.at", "accesses.who", "accesses.what", "accesses.purpose", "accesses.fields"] as const;

function Trail({ id }: { id: string }) {
  const next = useCallback(
    async (after: string | null) => (await ask(PersonAccessesDocument, { id, after })).person?.accesses ?? undefined,
    [id],
  );
  const { pages, hasMore, error, more } = usePaged(next);
  return (
    <>
      {pages.length > 0 && (
        <div className="scroller" tabIndex={0} role="region" aria-label={t("accesses.rows")}>
          <table className="figures">
            <thead>
              <tr>
                {COLUMNS.map((column) => (
                  <th scope="col" key={column}>
                    {t(column)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {pages.flat().map(({ at, accountName, role, operation, purpose, fields }, i) => (
                <tr key={i}>
                  <td>{timeOf(at)}</td>
                  <td>
                    {accountName ?? t("accesses.hub")}{" "}
                    <span className="muted small">{role && t(`role.${role}` satisfies Key)}</span>
                  </td>
                  <td>{operation}</td>
                  <td>{purpose}</td>
                  <td className="small">{fields.join(" ")}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {error !== undefined && <Fault error={error} again={more} />}
      {pages.length === 0 && error === undefined && <Busy />}
      {pages.length > 0 && hasMore && error === undefined && (
        <p>
          <button type="button" className="button" onClick={more}>
            {t("accesses.more")}
          </button>
        </p>
      )}
    </>
  );
}
