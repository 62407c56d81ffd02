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
device.load().catch(() => {});
