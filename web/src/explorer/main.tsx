import "./workers";
import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { createPortal } from "react-dom";
import { createRoot } from "react-dom/client";
import { Bar } from "./bar";
import { examples } from "./examples";
import { fetcher } from "./hub";
import { SAVED } from "./saved";
import "graphiql/style.css";
import "./page.css";

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found;
}

const bar = element("bar");

createRoot(element("explorer")).render(
  <GraphiQL
    fetcher={fetcher}
    defaultTabs={examples.slice(0, 1)}
    plugins={[HISTORY_PLUGIN, SAVED]}
    defaultEditorToolsVisibility="variables"
    shouldPersistHeaders={false}
  >
    <GraphiQL.Logo> </GraphiQL.Logo>
    {createPortal(<Bar />, bar)}
  </GraphiQL>,
);
