import { type ChangeEvent, type DragEvent, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { SelectField } from "../../shared/ui/fields";
import { Busy, Empty, Heading } from "../../shared/ui/parts";
import { ImportsDocument, PreviewImportDocument } from "../../generated/desk";
import { upload } from "../hub/client";
import { t } from "../i18n";
import { byConcern, type ImportHead } from "../imports";
import type { Station } from "../reach";
import { session } from "../session";
import { useAnswer } from "../ui/answer";
import { Fault } from "../ui/faults";
import { numberOf, outcomeOf, timeOf } from "../ui/words";
import { StateTag } from "./import";

/** The station that was chosen last, while the desk is open. */
let lastStation = "";

/** A station's workbooks: where one is handed in, and what has become of those before. */
export function Imports({ stations }: { stations: Station[] }) {
  const [station, setStation] = useState(lastStation || (stations[0]?.code ?? ""));
  const choose = (code: string) => {
    lastStation = code;
    setStation(code);
  };
  if (stations.length === 0) {
    return (
      <div className="page">
        <Heading>{t("imports.title")}</Heading>
        <p className="muted">{t("imports.notAllowed")}</p>
      </div>
    );
  }
  return (
    <div className="page">
      <Heading>{t("imports.title")}</Heading>
      <p className="muted">{t("imports.intro")}</p>
      <SelectField
        label={t("imports.station")}
        choices={stations.map(({ code, name }) => [code, name] as const)}
        value={station}
        change={choose}
      />
      <Drop station={station} />
      <Before station={station} key={station} />
    </div>
  );
}

function Drop({ station }: { station: string }) {
  const [, go] = useLocation();
  const input = useRef<HTMLInputElement>(null);
  const [reading, setReading] = useState("");
  const [isOver, setOver] = useState(false);
  const [fault, setFault] = useState<unknown>();

  async function take(file: File | undefined) {
    if (!file || reading) return;
    setReading(file.name);
    setFault(undefined);
    try {
      const { previewImport } = await upload(PreviewImportDocument, { station }, file);
      go(`/imports/${previewImport.id}`);
    } catch (error) {
      session.heed(error);
      setFault(error);
      setReading("");
    }
  }

  function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    void take(event.dataTransfer.files[0]);
  }

  function choose({ target }: ChangeEvent<HTMLInputElement>) {
    void take(target.files?.[0]);
    target.value = "";
  }

  return (
    <section
      className={isOver ? "drop over" : "drop"}
      aria-label={t("drop.label")}
      aria-busy={reading !== ""}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <p role="status">{reading ? t("drop.reading", { file: reading }) : t("drop.here")}</p>
      {reading ? (
        <progress aria-label={t("drop.reading", { file: reading })} />
      ) : (
        <button type="button" className="button strong" onClick={() => input.current?.click()}>
          {t("drop.choose")}
        </button>
      )}
      <input
        ref={input}
        hidden
        type="file"
        aria-label={t("drop.choose")}
        accept=".xlsx,.xlsm,.xls,.ods,.csv"
        onChange={choose}
      />
      <p className="muted small">{t("drop.hint")}</p>
      {fault !== undefined && <Fault error={fault} />}
    </section>
  );
}

function Before({ station }: { station: string }) {
  const { data, error, again } = useAnswer(ImportsDocument, { station });
  if (error !== undefined) return <Fault error={error} again={again} />;
  if (!data) return <Busy />;
  if (data.imports.length === 0) return <Empty title={t("imports.none")} hint={t("imports.noneHint")} />;
  return (
    <section>
      <h2>{t("imports.before")}</h2>
      <div className="scroller" tabIndex={0} role="region" aria-label={t("imports.before")}>
        <table className="figures">
          <thead>
            <tr>
              <th scope="col">{t("imports.file")}</th>
              <th scope="col">{t("imports.state")}</th>
              <th scope="col">{t("imports.rows")}</th>
              <th scope="col">{t("imports.outcome")}</th>
              <th scope="col">{t("imports.when")}</th>
            </tr>
          </thead>
          <tbody>
            {data.imports.map((act) => (
              <Row key={act.id} act={act} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Row({ act }: { act: ImportHead }) {
  return (
    <tr>
      <th scope="row">
        <Link href={`/imports/${act.id}`}>{act.fileName}</Link>
      </th>
      <td>
        <StateTag state={act.state} />
      </td>
      <td className="number">{numberOf(act.rowCount)}</td>
      <td>
        {byConcern(act.counts)
          .map((count) => `${outcomeOf(count)} ${numberOf(count.count)}`)
          .join(t("common.comma"))}
      </td>
      <td>
        {timeOf(act.createdAt)} {act.createdBy}
      </td>
    </tr>
  );
}
