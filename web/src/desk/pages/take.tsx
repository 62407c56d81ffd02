import { useEffect } from "react";
import { Notice } from "../../shared/ui/parts";
import { type ExportFormat, ExportDocument, JobsDocument, StopJobDocument } from "../../generated/desk";
import { type Export, exportsOf, FORMATS, isBeingMade, isSuppressed } from "../exports";
import { ask } from "../hub/client";
import { t } from "../i18n";
import { useAnswer } from "../ui/answer";
import { Fault } from "../ui/faults";
import { useSteps } from "../ui/step";
import { numberOf, timeOf } from "../ui/words";

/** How often the hub is asked how far it is, while it makes a file. */
const LOOK = 1_000;

/** Files of the answer to a question: made by the hub, and kept there for a day. */
export function Take({ text }: { text: string }) {
  const { data, error, again } = useAnswer(JobsDocument, {});
  const { isBusy, fault, run } = useSteps(again);
  const files = exportsOf(data?.jobs ?? [], text);
  useLooking(files.some(isBeingMade), again);
  const make = (format: ExportFormat) => run(ask(ExportDocument, { operation: text, format }));
  return (
    <section aria-label={t("take.title")} className="take">
      <div className="actions" role="group" aria-label={t("take.make")}>
        <span>{t("take.make")}</span>
        {FORMATS.map((format) => (
          <button type="button" className="button" key={format} disabled={isBusy} onClick={() => make(format)}>
            {t(`take.${format}`)}
          </button>
        ))}
      </div>
      {fault !== undefined && <Fault error={fault} />}
      {error !== undefined && <Fault error={error} again={again} />}
      {files.length > 0 && (
        <ul className="files">
          {files.map((file) => (
            <File file={file} key={file.id} remove={() => run(ask(StopJobDocument, { id: file.id }))} isBusy={isBusy} />
          ))}
        </ul>
      )}
      {files.some(({ state }) => state === "DONE") && <p className="muted small">{t("take.again")}</p>}
      {files.some(isSuppressed) && <Notice>{t("take.suppressed")}</Notice>}
    </section>
  );
}

/** Looks again and again while files are being made. */
export function useLooking(isMaking: boolean, again: () => void) {
  useEffect(() => {
    if (!isMaking) return;
    const looking = setInterval(again, LOOK);
    return () => clearInterval(looking);
  }, [isMaking, again]);
}

/** A file, as far as it is made. */
export function File({ file, remove, isBusy }: { file: Export; remove: () => void; isBusy: boolean }) {
  const format = t(`take.${file.format}`);
  return (
    <li>
      {file.state === "DONE" && file.answer && (
        <>
          <a href={file.answer} download>
            {t("take.fetch", { format })}
          </a>
          <span className="muted small">
            {t("take.size", { bytes: numberOf(Math.ceil((file.bytes ?? 0) / 1024)) })}
            {file.expiresAt && t("take.until", { at: timeOf(file.expiresAt) })}
          </span>
        </>
      )}
      {isBeingMade(file) && (
        <>
          <span role="status">{t("take.making", { format, done: numberOf(file.done ?? 0) })}</span>
          <progress aria-label={format} max={Math.max(file.expected ?? 1, 1)} value={file.done ?? 0} />
        </>
      )}
      {file.state === "FAILED" && (
        <span className="fault">
          {t("take.failed", { format, why: file.message ?? t(`problem.${file.problem ?? "FAULTY"}`) })}
        </span>
      )}
      <button
        type="button"
        className="button plain"
        disabled={isBusy}
        aria-label={`${t(isBeingMade(file) ? "take.stop" : "take.remove")} ${format}`}
        onClick={remove}
      >
        {t(isBeingMade(file) ? "take.stop" : "take.remove")}
      </button>
    </li>
  );
}
