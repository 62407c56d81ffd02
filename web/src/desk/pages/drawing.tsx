import type { ECharts } from "echarts/core";
import { useEffect, useRef, useState } from "react";
import { OneOf } from "../../shared/ui/fields";
import { useTheme } from "../../shared/ui/theme";
import { type Charted, drawingOf, type Form, formsOf, type Labelled, MOST, type Place } from "../drawing";
import { t } from "../i18n";
import { numberOf } from "../ui/words";
import type { Answered } from "./answered";
import { TileMap } from "./tiles";

/** The first measure drawn, in the form that suits or is chosen. */
export function Drawn({ answered, rows, title }: { answered: Answered; rows: Labelled[]; title: string }) {
  const { by, measures } = answered.question;
  const forms = formsOf(by);
  const [chosen, choose] = useState<Form>();
  const form = chosen && forms.includes(chosen) ? chosen : forms[0];
  if (!form) return null;
  const { drawing, isPart } = drawingOf(form, { by, rows, measure: measures[0] ?? "", withheld: answered.withheld });
  return (
    <div className="drawn">
      {forms.length > 1 && (
        <OneOf
          label={t("ask.form")}
          choices={forms.map((form) => [form, t(`form.${form}`)] as const)}
          value={form}
          change={choose}
        />
      )}
      {drawing.form === "map" ? <Map places={drawing.places} /> : <Chart drawing={drawing} title={title} />}
      {isPart && (form === "bars" || form === "lines") && (
        <p className="muted small">{t("ask.chartPart", { count: MOST[form] })}</p>
      )}
    </div>
  );
}

function Map({ places }: { places: Place[] }) {
  const most = Math.max(0, ...places.map(({ value }) => value ?? 0));
  const tiles = places.map((place) => ({ ...place, figure: place.value === null ? "–" : numberOf(place.value) }));
  return (
    <>
      <TileMap label={t("chart.map")} tiles={tiles} most={most} />
      <p className="muted small">{t("ask.mapHint")}</p>
    </>
  );
}

/** A chart, and a picture of it to take home, with what it is of written on it. */
function Chart({ drawing, title }: { drawing: Charted; title: string }) {
  const place = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<ECharts>();
  const theme = useTheme();
  const text = JSON.stringify(drawing);
  useEffect(() => {
    let end = () => {};
    let isWanted = true;
    void import("./chart").then(({ drawn }) => {
      if (!isWanted || !place.current) return;
      const chart = drawn(place.current, JSON.parse(text) as Charted);
      const fit = () => chart.resize();
      addEventListener("resize", fit);
      setChart(chart);
      end = () => {
        removeEventListener("resize", fit);
        chart.dispose();
      };
    });
    return () => {
      isWanted = false;
      setChart(undefined);
      end();
    };
  }, [text, theme]);

  async function take() {
    if (!chart || !place.current) return;
    const { pictureOf } = await import("./chart");
    pictureOf(chart, place.current, title).toBlob((picture) => picture && save(picture, `${title}.png`));
  }

  return (
    <figure>
      <div ref={place} className="chart" role="img" aria-label={t(`chart.${drawing.form}`)} />
      <p>
        <button type="button" className="button" disabled={!chart} onClick={take}>
          {t("take.png")}
        </button>
      </p>
    </figure>
  );
}

/** Has the browser keep a file under a name. */
function save(file: Blob, name: string) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
