// Loaded where an answer is drawn, and nowhere else.

import { BarChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { type ECharts, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([BarChart, GridComponent, CanvasRenderer]);

export interface Bar {
  label: string;
  value: number;
}

/** Heights in pixels, of what is around the bars and of one of them. */
const MARGIN = 56;
const ROOM = 24;

/** Draws bars below each other, the first on top, in the colours of the page. */
export function drawn(element: HTMLElement, bars: readonly Bar[]): ECharts {
  const style = getComputedStyle(element);
  const color = style.color;
  // Each bar has room for its label.
  element.style.height = `${MARGIN + ROOM * bars.length}px`;
  const chart = init(element);
  chart.setOption({
    animation: false,
    grid: { left: 8, right: 48, top: 8, bottom: 8, containLabel: true },
    xAxis: { type: "value", axisLabel: { color }, splitLine: { lineStyle: { color, opacity: 0.15 } } },
    yAxis: {
      type: "category",
      inverse: true,
      data: bars.map(({ label }) => label),
      axisLabel: { color, interval: 0, width: Math.min(280, element.clientWidth * 0.45), overflow: "truncate" },
    },
    series: [
      {
        type: "bar",
        data: bars.map(({ value }) => value),
        itemStyle: { color: style.accentColor === "auto" ? color : style.accentColor },
        label: { show: true, position: "right", color },
      },
    ],
  });
  return chart;
}

/** Room above a picture for what it is of, and how many of its pixels are one of the page. */
const TITLE = 48;
const SHARPNESS = 2;

/** The chart with a title above, on the ground of the page, twice as sharp as on the screen. */
export function pictureOf(chart: ECharts, element: HTMLElement, title: string): HTMLCanvasElement {
  const { color, fontFamily } = getComputedStyle(element);
  const backgroundColor = getComputedStyle(document.body).backgroundColor;
  const drawn = chart.renderToCanvas({ pixelRatio: SHARPNESS, backgroundColor });
  const picture = document.createElement("canvas");
  picture.width = drawn.width;
  picture.height = drawn.height + TITLE * SHARPNESS;
  const pen = picture.getContext("2d");
  if (!pen) throw new Error("the browser gives no canvas to draw on");
  pen.fillStyle = backgroundColor;
  pen.fillRect(0, 0, picture.width, picture.height);
  pen.fillStyle = color;
  pen.font = `${16 * SHARPNESS}px ${fontFamily}`;
  pen.fillText(title, 8 * SHARPNESS, 30 * SHARPNESS, picture.width - 16 * SHARPNESS);
  pen.drawImage(drawn, 0, TITLE * SHARPNESS);
  return picture;
}
