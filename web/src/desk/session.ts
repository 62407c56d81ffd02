import { Cell } from "../shared/ui/cell";
import type { ViewerQuery } from "../generated/desk";
import { ViewerDocument } from "../generated/desk";
import { ask, HubError } from "./hub/client";
import * as hub from "./hub/session";

export type Account = ViewerQuery["viewer"];

export type State =
  | { is: "loading" }
  | { is: "out" }
  /** The session ended meanwhile: what the account was at waits for it to sign in again. */
  | { is: "ended"; account: Account }
  | { is: "in"; account: Account }
  | { is: "broken"; error: unknown };

const state = new Cell<State>({ is: "loading" });

/** Who is signed in here, as the hub says. */
export const session = {
  state,
  async load() {
    try {
      state.set({ is: "in", account: (await ask(ViewerDocument, {})).viewer });
    } catch (error) {
      const isOut = error instanceof HubError && error.failure === "signin";
      state.set(isOut ? { is: "out" } : { is: "broken", error });
    }
  },
  async signOut() {
    await hub.signOut();
    state.set({ is: "out" });
  },
  /** Takes note of what the hub refused: where the session ended, one has to sign in again. */
  heed(error: unknown) {
    const was = state.get();
    if (was.is === "in" && error instanceof HubError && error.failure === "signin") {
      state.set({ is: "ended", account: was.account });
    }
  },
};
