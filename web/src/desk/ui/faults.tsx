import type { Failure } from "../../shared/failure";
import { Notice } from "../../shared/ui/parts";
import { HubError } from "../hub/client";
import { type Key, t } from "../i18n";

const FAILURES: Record<Failure, Key> = {
  offline: "error.offline",
  busy: "error.busy",
  signin: "error.signin",
  refused: "error.refused",
  fault: "error.fault",
};

/** What happened, what is safe, what to do. */
export function sentenceOf(error: unknown): string {
  if (error instanceof HubError) return t(FAILURES[error.failure], { message: error.message });
  return error instanceof Error ? error.message : t("error.fault");
}

export function Fault({ error, again }: { error: unknown; again?: () => void }) {
  return (
    <Notice kind="alert">
      <p>{sentenceOf(error)}</p>
      {again && (
        <button type="button" className="button plain" onClick={again}>
          {t("common.again")}
        </button>
      )}
    </Notice>
  );
}
