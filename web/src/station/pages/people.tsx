import { useDeferredValue, useEffect, useMemo, useState } from "react";
import { Link } from "wouter";
import { type Initials, search } from "../caseload/search";
import { t } from "../i18n";
import type { Live } from "../live";
import { useCell } from "../../shared/ui/cell";
import { TextField } from "../../shared/ui/fields";
import { Empty, Heading } from "../../shared/ui/parts";
import { Cards, useUnderWay } from "./today";

const SHOWN = 60;
const NONE: Initials = { first: "", others: {} };

/** Everybody the station cares for, found by name, pinyin initials or village. */
export function People({ live }: { live: Live }) {
  const cases = useCell(live.cases);
  const under = useUnderWay(live);
  const initials = useInitials();
  const [text, setText] = useState("");
  const [shown, setShown] = useState(SHOWN);
  const wanted = useDeferredValue(text);
  const sorted = useMemo(
    () => [...cases].sort((a, b) => (a.person.name ?? "").localeCompare(b.person.name ?? "", "zh")),
    [cases],
  );
  const found = useMemo(() => search(sorted, wanted, initials), [sorted, wanted, initials]);
  return (
    <div className="page">
      <div className="head">
        <Heading>{t("people.title")}</Heading>
        <Link href="/people/new" className="button">
          {t("entry.new")}
        </Link>
      </div>
      <TextField label={t("people.search")} type="search" autoComplete="off" value={text} change={setText} />
      {found.length === 0 && wanted ? (
        <Empty title={t("people.none", { text: wanted })} hint={t("people.noneHint")} />
      ) : (
        <>
          <p role="status" className="muted">
            {t("people.count", { count: found.length })}
          </p>
          <Cards cases={found.slice(0, shown)} under={under} />
          {found.length > shown && (
            <button type="button" className="button" onClick={() => setShown(shown + SHOWN)}>
              {t("today.more", { count: Math.min(SHOWN, found.length - shown) })}
            </button>
          )}
        </>
      )}
    </div>
  );
}

/** The table of initials is taken only where somebody is looked for. */
export function useInitials(): Initials {
  const [initials, setInitials] = useState(NONE);
  useEffect(() => {
    let wanted = true;
    import("../caseload/initials.json").then((table) => wanted && setInitials(table.default), () => {});
    return () => {
      wanted = false;
    };
  }, []);
  return initials;
}
