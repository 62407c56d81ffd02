import { useState } from "react";
import { Link, Route, Router, Switch, useLocation } from "wouter";
import { useHashLocation } from "wouter/use-hash-location";
import { useCell } from "../shared/ui/cell";
import { Fence, toMain } from "../shared/ui/frame";
import { Busy } from "../shared/ui/parts";
import { type Theme, theme, useTheme } from "../shared/ui/theme";
import { type Key, t, useLanguage } from "./i18n";
import { Gate } from "./pages/gate";
import { Ask } from "./pages/ask";
import { RecordsBehind } from "./pages/behind";
import { EntriesCounted, Missed, NeedsCounted } from "./pages/counted";
import { ImportPage } from "./pages/import";
import { Imports } from "./pages/imports";
import { Overview } from "./pages/overview";
import { Person } from "./pages/person";
import { CellRecords, Culprits } from "./pages/records";
import { Review } from "./pages/review";
import { Saved } from "./pages/saved";
import { Tables } from "./pages/tables";
import { type Reach, useReach } from "./reach";
import { type Account, session } from "./session";
import { Fault } from "./ui/faults";
import { LanguageButton } from "./ui/language";

/** What the pages are, on one screen. Where one is stands behind the `#`. */
export function App() {
  const state = useCell(session.state);
  useLanguage();
  if (state.is === "loading") return <Busy />;
  if (state.is === "out") return <Gate ended={false} />;
  if (state.is === "broken") {
    return (
      <main className="gate">
        <Fault error={state.error} again={() => void session.load()} />
      </main>
    );
  }
  const hasEnded = state.is === "ended";
  return (
    <>
      {hasEnded && <Gate ended />}
      {/* What was typed and not handed in yet is there again once its account is. */}
      <div hidden={hasEnded} inert={hasEnded}>
        <Router hook={useHashLocation}>
          <Shell account={state.account} key={state.account.username} />
        </Router>
      </div>
    </>
  );
}

function Shell({ account }: { account: Account }) {
  const [location] = useLocation();
  const reach = useReach(account);
  return (
    <div className="desk">
      <a className="skip" href="#main" onClick={toMain}>
        {t("nav.skip")}
      </a>
      <Bar account={account} places={placesOf(reach)} />
      <main id="main" tabIndex={-1}>
        <Fence key={pageAt(location)} sentence={t("error.page")}>
          <Pages reach={reach} />
        </Fence>
      </main>
    </div>
  );
}

/** Questions are in the address, and asked one after the other on the same page. */
function pageAt(location: string): string {
  return location.startsWith("/ask/") ? "/ask" : location;
}

function Pages({ reach }: { reach: Reach }) {
  if (reach.is === "asking") return <Busy />;
  if (reach.is === "broken") {
    return (
      <div className="page">
        <Fault error={reach.error} again={reach.again} />
      </div>
    );
  }
  return (
    <Switch>
      <Route path="/ask/:question?">
        <Ask />
      </Route>
      <Route path="/behind/:figure">
        <RecordsBehind />
      </Route>
      <Route path="/saved/:id">{({ id }) => <Saved id={id} key={id} />}</Route>
      <Route path="/review">
        <Review stations={reach.importStations} hasTables={reach.hasTables} />
      </Route>
      <Route path="/imports">
        <Imports stations={reach.importStations} />
      </Route>
      <Route path="/imports/:id">{({ id }) => <ImportPage id={id} key={id} />}</Route>
      <Route path="/missed/:from/:to/:kind/:code">{(of) => <Missed {...of} />}</Route>
      <Route path="/needs/:day/:domain/:urgency/:by">{(of) => <NeedsCounted {...of} />}</Route>
      <Route path="/entries/:day/:kind/:risk">{(of) => <EntriesCounted {...of} />}</Route>
      <Route path="/person/:id">{({ id }) => <Person id={id} key={id} />}</Route>
      <Route path="/tables/:code?/:day?/:place?">{(of) => <Tables {...of} />}</Route>
      <Route path="/cell/:code/:day/:place/:row/:column">{(of) => <CellRecords {...of} />}</Route>
      <Route path="/culprits/:code/:day/:place/:equation">{(of) => <Culprits {...of} />}</Route>
      <Route>
        <Overview />
      </Route>
    </Switch>
  );
}

/** Places and their names; those alone that the hub lets this account into. */
function placesOf(reach: Reach): [string, Key][] {
  if (reach.is !== "known") return [];
  const places: [string, Key][] = [
    ["/", "nav.overview"],
    ["/ask", "nav.ask"],
    ["/review", "nav.review"],
  ];
  if (reach.hasTables) places.push(["/tables", "nav.tables"]);
  if (reach.importStations.length > 0) places.push(["/imports", "nav.imports"]);
  return places;
}

function Bar({ account, places }: { account: Account; places: [string, Key][] }) {
  const [location] = useLocation();
  const isHere = (place: string) => location === place || (place !== "/" && location.startsWith(`${place}/`));
  return (
    <header className="bar">
      <span className="name">{t("app.name")}</span>
      <nav aria-label={t("nav.main")}>
        {places.map(([place, name]) => (
          <Link key={place} href={place} aria-current={isHere(place) ? "page" : undefined}>
            {t(name)}
          </Link>
        ))}
      </nav>
      <Menu account={account} />
    </header>
  );
}

const THEMES: readonly Theme[] = ["auto", "light", "dark"];

function Menu({ account }: { account: Account }) {
  const chosen = useTheme();
  const [fault, setFault] = useState<unknown>();
  return (
    <div className="menu">
      <span>
        {account.name} <span className="muted small">{t(`role.${account.role}` satisfies Key)}</span>
      </span>
      <label>
        <span className="hidden">{t("theme.label")}</span>
        <select value={chosen} onChange={(event) => theme.set(event.target.value as Theme)}>
          {THEMES.map((name) => (
            <option key={name} value={name}>
              {t(`theme.${name}` satisfies Key)}
            </option>
          ))}
        </select>
      </label>
      <LanguageButton />
      <button type="button" className="button plain" onClick={() => session.signOut().catch(setFault)}>
        {t("signin.out")}
      </button>
      {fault !== undefined && <Fault error={fault} />}
    </div>
  );
}
