import type { ReactNode } from "react";
import { Link, Route, Router, Switch, useLocation } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";
import { type Key, t, useLanguage } from "./i18n";
import { followDevice, type Live, live } from "./live";
import { Ordered } from "./pages/clearing";
import { Draft } from "./pages/draft";
import { Inbox } from "./pages/inbox";
import { Me, SignInAgain } from "./pages/me";
import { New } from "./pages/new";
import { Outbox, SignInFirst } from "./pages/outbox";
import { People } from "./pages/people";
import { Person } from "./pages/person";
import { Today } from "./pages/today";
import { useCell } from "../shared/ui/cell";
import { Fence, toMain } from "../shared/ui/frame";
import { Busy, Notice } from "../shared/ui/parts";
import { Icon } from "./ui/icon";

followDevice();

/** The pages of an unlocked device. Where one is stands behind the `#`, so it works offline. */
export function Opened() {
  const opened = useCell(live);
  useLanguage();
  if (!opened) return <Busy />;
  return (
    <Router hook={useHashLocation}>
      <Shell live={opened}>
        <Switch>
          <Route path="/">
            <Today live={opened} />
          </Route>
          <Route path="/people">
            <People live={opened} />
          </Route>
          <Route path="/people/new">
            <New live={opened} />
          </Route>
          <Route path="/people/:id">{({ id }) => <Person live={opened} id={id} />}</Route>
          <Route path="/drafts/:id">{({ id }) => <Draft live={opened} id={id} key={id} />}</Route>
          <Route path="/inbox">
            <Inbox live={opened} />
          </Route>
          <Route path="/outbox">
            <Outbox live={opened} />
          </Route>
          <Route path="/signin">
            <SignInAgain live={opened} />
          </Route>
          <Route>
            <Me live={opened} />
          </Route>
        </Switch>
      </Shell>
    </Router>
  );
}

const PLACES = [
  ["/", "today"],
  ["/people", "people"],
  ["/inbox", "inbox"],
  ["/outbox", "outbox"],
  ["/me", "me"],
] as const;

function Shell({ live, children }: { live: Live; children: ReactNode }) {
  const [location] = useLocation();
  const counts: Partial<Record<(typeof PLACES)[number][1], number>> = {
    inbox: useCell(live.returned).length,
    outbox: useCell(live.items).filter(({ state }) => state.is !== "stored").length,
  };
  const isFull = useCell(live.isFull);
  const needsSignIn = useCell(live.needsSignIn);
  const isHere = (place: string) => location === place || (place !== "/" && location.startsWith(place));
  return (
    <div className="shell">
      <a className="skip" href="#main" onClick={toMain}>
        {t("nav.skip")}
      </a>
      <nav className="nav" aria-label={t("nav.main")}>
        <span className="brand">{t("app.name")}</span>
        {PLACES.map(([place, name]) => (
          <Link key={place} href={place} aria-current={isHere(place) ? "page" : undefined}>
            <Icon name={name} />
            {t(`nav.${name}` satisfies Key)}
            {counts[name] ? <span className="badge">{counts[name]}</span> : null}
          </Link>
        ))}
      </nav>
      <main id="main" tabIndex={-1}>
        {isFull && <Notice kind="alert">{t("error.storage")}</Notice>}
        <Ordered live={live} />
        {needsSignIn && location !== "/signin" && location !== "/outbox" && <SignInFirst />}
        <Fence key={location} sentence={t("error.page")}>{children}</Fence>
      </main>
    </div>
  );
}
