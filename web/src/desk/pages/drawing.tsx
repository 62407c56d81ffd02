import type { ECharts } from "echarts/core";
import { useEffect, useRef, useState } from "react";
import { useTheme } from "../../shared/ui/theme";
import { t } from "../i18n";
import type { Bar } from "./chart";

/** More bars than that are not told apart on a screen. */
const BARS = 30;

/** The first measure, drawn; as a picture to take home, with what it is of written on it. */
export function Chart({ bars, title }: { bars: Bar[]; title: string }) {
  const place = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<ECharts>();
  const theme = useTheme();
  const drawing = JSON.stringify(bars.slice(0, BARS));
  useEffect(() => {
    let end = () => {};
    let isWanted = true;
    void import("./chart").then(({ drawn }) => {
      if (!isWanted || !place.current) return;
      const chart = drawn(place.current, JSON.parse(drawing) as Bar[]);
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
  }, [drawing, theme]);

  async function take() {
    if (!chart || !place.current) return;
    const { pictureOf } = await import("./chart");
    pictureOf(chart, place.current, title).toBlob((picture) => picture && save(picture, `${title}.png`));
  }

  return (
    <figure>
      <div ref={place} className="chart" role="img" aria-label={t("ask.chart")} />
      {bars.length > BARS && <figcaption className="muted small">{t("ask.chartPart", { count: BARS })}</figcaption>}
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
