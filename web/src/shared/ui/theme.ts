import { Cell, useCell } from "./cell";

export type Theme = "auto" | "light" | "dark";

const KEPT = "nuanyang.theme";
const kept = localStorage.getItem(KEPT);
const chosen = new Cell<Theme>(kept === "light" || kept === "dark" ? kept : "auto");

/** Light or dark; as the system is unless one was chosen on this device. */
export const theme = {
  set(next: Theme) {
    localStorage.setItem(KEPT, next);
    chosen.set(next);
    show();
  },
};

export function useTheme(): Theme {
  return useCell(chosen);
}

function show() {
  document.documentElement.dataset.theme = chosen.get();
}

show();
