import { useState } from "react";
import { session } from "../session";

export interface Steps {
  isBusy: boolean;
  /** Why the last one did not come about. */
  fault?: unknown;
  run: (step: Promise<unknown>) => Promise<void>;
}

/** Steps that somebody takes; `then` is done after each, whatever came of it. */
export function useSteps(then: () => void = () => {}): Steps {
  const [told, setTold] = useState<Omit<Steps, "run">>({ isBusy: false });
  async function run(step: Promise<unknown>) {
    setTold({ isBusy: true });
    try {
      await step;
      setTold({ isBusy: false });
    } catch (fault) {
      session.heed(fault);
      setTold({ isBusy: false, fault });
    } finally {
      then();
    }
  }
  return { ...told, run };
}
