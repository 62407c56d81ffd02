import { createRoot } from "react-dom/client";
import { App } from "./app";
import { begun } from "./begun";
import { device } from "./device/device";
import "../shared/ui/theme";
import "../shared/shared.css";
import "./station.css";

const root = document.getElementById("app");
if (!root) throw new Error("station/index.html has no #app");

const typed = begun();
root.replaceChildren();
createRoot(root).render(<App begun={typed} />);
look();

function look() {
  // What the database needs did not come: it is asked for again after 3 s.
  device.load().catch(() => setTimeout(look, 3_000));
}
