import { createRoot } from "react-dom/client";
import { App } from "./app";
import { device } from "./device/device";
import { followDevice } from "./live";
import "../shared/ui/theme";
import "../shared/shared.css";
import "./station.css";

const root = document.getElementById("app");
if (!root) throw new Error("station/index.html has no #app");

createRoot(root).render(<App />);
followDevice();
void device.load();
if (import.meta.env.PROD) void navigator.serviceWorker?.register("/station/worker.js");
