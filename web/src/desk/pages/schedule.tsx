import { type FormEvent, useState } from "react";
import { SelectField } from "../../shared/ui/fields";
import { Notice } from "../../shared/ui/parts";
import {
  type Cadence,
  type ExportFormat,
  type SavedFragment,
  type ScheduleFragment,
  ScheduleQuestionDocument,
  StopJobDocument,
  UnscheduleQuestionDocument,
} from "../../generated/desk";
import { FORMATS, isBeingMade, isExport } from "../exports";
import { ask } from "../hub/client";
import { type Key, t } from "../i18n";
import { CADENCES, DAYS, hourOf } from "../saved";
import { Fault } from "../ui/faults";
import { Panel } from "../ui/panel";
import { useSteps } from "../ui/step";
import { timeOf } from "../ui/words";
import { File, useLooking } from "./take";

/** When a question is exported, in words. */
export function whenOf({ every, on, hour }: Pick<ScheduleFragment, "every" | "on" | "hour">): string {
  return t(`schedule.${every}`, { on: on === null ? "" : dayOf(every, on), hour: hourOf(hour) });
}

function dayOf(every: Cadence, on: number): string {
  return every === "WEEKLY" ? t(`weekday.${on}` as Key) : String(on);
}

/** Exports by the clock: when, the newest file, why there was none, and setting it anew. */
export function Schedule({ saved, again }: { saved: SavedFragment; again: () => void }) {
  const { id, schedule, export: job } = saved;
  const { isBusy, fault, run } = useSteps(again);
  const file = job && isExport(job) ? job : undefined;
  useLooking(file !== undefined && isBeingMade(file), again);
  return (
    <Panel title={t("schedule.title")}>
      <p className="muted small">{t("schedule.hint")}</p>
      {schedule && (
        <p>
          {t("schedule.next", {
            when: whenOf(schedule),
            format: t(`take.${schedule.format}`),
            at: timeOf(schedule.dueAt),
          })}
        </p>
      )}
      {schedule?.refusedOn && (
        <Notice kind="caution">
          {t("schedule.refused", { day: schedule.refusedOn, message: schedule.message ?? "" })}
        </Notice>
      )}
      {(schedule || file) && <h3>{t("schedule.last")}</h3>}
      {file && (
        <ul className="files">
          <File file={file} remove={() => run(ask(StopJobDocument, { id: file.id }))} isBusy={isBusy} />
        </ul>
      )}
      {schedule && !file && <p className="muted">{t("schedule.noFile")}</p>}
      <Times schedule={schedule} isBusy={isBusy} set={(times) => run(ask(ScheduleQuestionDocument, { id, ...times }))} />
      {schedule && (
        <p>
          <button
            type="button"
            className="button plain"
            disabled={isBusy}
            onClick={() => run(ask(UnscheduleQuestionDocument, { id }))}
          >
            {t("schedule.end")}
          </button>
        </p>
      )}
      {fault !== undefined && <Fault error={fault} />}
    </Panel>
  );
}

interface Times {
  every: Cadence;
  on: number | null;
  hour: number;
  format: ExportFormat;
}

const MORNING: Times = { every: "MONTHLY", on: 1, hour: 8, format: "XLSX" };

const HOURS = Array.from({ length: 24 }, (_, hour) => [String(hour), hourOf(hour)] as const);

function Times({
  schedule,
  set,
  isBusy,
}: {
  schedule: ScheduleFragment | null;
  set: (times: Times) => void;
  isBusy: boolean;
}) {
  const [{ every, on, hour, format }, setTimes] = useState<Times>(schedule ?? MORNING);
  const change = (part: Partial<Times>) => setTimes((before) => ({ ...before, ...part }));
  const days = every === "DAILY" ? [] : Array.from({ length: DAYS[every] }, (_, i) => i + 1);

  function submit(event: FormEvent) {
    event.preventDefault();
    set({ every, on, hour, format });
  }

  return (
    <form className="controls" onSubmit={submit}>
      <SelectField
        label={t("schedule.every")}
        choices={CADENCES.map((every) => [every, t(`cadence.${every}`)] as const)}
        value={every}
        change={(every) => change({ every, on: every === "DAILY" ? null : 1 })}
      />
      {every !== "DAILY" && (
        <SelectField
          label={t(every === "WEEKLY" ? "schedule.week" : "schedule.month")}
          choices={days.map((day) => [String(day), dayOf(every, day)] as const)}
          value={String(on)}
          change={(on) => change({ on: Number(on) })}
        />
      )}
      <SelectField
        label={t("schedule.hour")}
        choices={HOURS}
        value={String(hour)}
        change={(hour) => change({ hour: Number(hour) })}
      />
      <SelectField
        label={t("schedule.format")}
        choices={FORMATS.map((format) => [format, t(`take.${format}`)] as const)}
        value={format}
        change={(format) => change({ format })}
      />
      <button className="button" disabled={isBusy}>
        {t(schedule ? "schedule.change" : "schedule.set")}
      </button>
    </form>
  );
}
