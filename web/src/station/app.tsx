import { type ComponentType, useEffect } from "react";
import type { Begun } from "./begun";
import { useDevice } from "./device/device";
import { useLanguage } from "./i18n";
import { Gate } from "./pages/gate";
import { Cell, useCell } from "../shared/ui/cell";
import { Busy } from "../shared/ui/parts";

/** What the gate does not need comes after it. */
const opened = new Cell<{ Opened: ComponentType } | undefined>(undefined);

/** After so long it is tried again to get it: 3 s. */
const AGAIN = 3_000;

function load() {
  import("./opened").then(
    (pages) => {
      opened.set(pages);
      // The worker takes all of the app once more, which it then finds in the browser's cache.
      if (import.meta.env.PROD) void navigator.serviceWorker?.register("/station/worker.js");
    },
    () => setTimeout(load, AGAIN),
  );
}

/** The gate, or the pages behind it. */
export function App({ begun }: { begun: Begun }) {
  const { state } = useDevice();
  const pages = useCell(opened);
  useLanguage();
  useEffect(load, []);
  if (state === "loading" || (state === "open" && !pages)) return <Busy />;
  return pages && state === "open" ? <pages.Opened /> : <Gate begun={begun} />;
}
