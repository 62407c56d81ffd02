import { createRoot } from "react-dom/client";
import { App } from "./app";
import { session } from "./session";
import "../shared/ui/theme";
import "../shared/shared.css";
import "./desk.css";

const root = document.getElementById("app");
if (!root) throw new Error("desk/index.html has no #app");

createRoot(root).render(<App />);
void session.load();
