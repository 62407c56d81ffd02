// Loaded where an answer is drawn, and nowhere else.

import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendComponent } from "echarts/components";
import { type ECharts, type EChartsCoreOption, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import type { Charted } from "../drawing";

use([BarChart, LineChart, GridComponent, LegendComponent, CanvasRenderer]);

/** Heights in pixels, of what is around bars, of one of them, of lines and of the legend above. */
const MARGIN = 56;
const ROOM = 24;
const LINES = 360;
const LEGEND = 40;

/** Colours that the page has for series. */
const COLORS = 8;
/** Lines are told apart without colours too. */
const SYMBOLS = ["circle", "rect", "triangle", "diamond", "emptyCircle", "emptyRect", "emptyTriangle", "emptyDiamond"];

/** Draws what is to be drawn, in the colours of the page. */
export function drawn(element: HTMLElement, drawing: Charted): ECharts {
  const style = styleOf(element);
  element.style.height = `${heightOf(drawing)}px`;
  const chart = init(element);
  chart.setOption({ animation: false, color: style.colors, ...optionOf(drawing, style) });
  return chart;
}

function heightOf(drawing: Charted): number {
  if (drawing.form === "lines") return LINES;
  // Each bar has room for its label.
  if (drawing.form === "bars") return MARGIN + ROOM * drawing.bars.length;
  return LEGEND + MARGIN + ROOM * drawing.bands.length;
}

interface Style {
  color: string;
  colors: string[];
  /** How wide a label beside bars may be. */
  label: number;
}

function styleOf(element: HTMLElement): Style {
  const swatch = document.createElement("span");
  element.append(swatch);
  const colors = Array.from({ length: COLORS }, (_, i) => {
    swatch.style.color = `var(--series-${i + 1})`;
    return getComputedStyle(swatch).color;
  });
  swatch.remove();
  return { color: getComputedStyle(element).color, colors, label: Math.min(280, element.clientWidth * 0.45) };
}

function optionOf(drawing: Charted, style: Style): EChartsCoreOption {
  const { color } = style;
  const grid = { left: 8, right: 48, top: 8, bottom: 8, containLabel: true };
  const numbers = { type: "value", axisLabel: { color }, splitLine: { lineStyle: { color, opacity: 0.15 } } };
  const legend = { textStyle: { color }, top: 0, type: "scroll", pageTextStyle: { color } };
  if (drawing.form === "lines") {
    const { periods, series } = drawing;
    return {
      legend,
      grid: { ...grid, top: LEGEND },
      xAxis: { type: "category", data: periods, axisLabel: { color } },
      yAxis: numbers,
      series: series.map(({ name, values }, i) => ({
        type: "line",
        name,
        data: values,
        symbol: SYMBOLS[i],
        symbolSize: 9,
        lineStyle: { type: i % 2 === 0 ? "solid" : "dashed" },
      })),
    };
  }
  const labels = { color, interval: 0, width: style.label, overflow: "truncate" };
  if (drawing.form === "bars") {
    const { bars } = drawing;
    return {
      grid,
      xAxis: numbers,
      yAxis: { type: "category", inverse: true, data: bars.map(({ label }) => label), axisLabel: labels },
      series: [
        { type: "bar", data: bars.map(({ value }) => value), label: { show: true, position: "right", color } },
      ],
    };
  }
  const size = (value: number) => String(Math.abs(value));
  return {
    legend,
    grid: { ...grid, left: 48, top: LEGEND },
    // Room for the figures beside the longest bars.
    xAxis: { ...numbers, axisLabel: { color, formatter: size }, boundaryGap: ["12%", "12%"] },
    yAxis: { type: "category", data: drawing.bands, axisLabel: labels, axisTick: { show: false } },
    series: drawing.series.map(({ name, values }, i) => ({
      type: "bar",
      name,
      stack: "both",
      data: values.map((value) => value && (i === 0 ? -value : value)),
      label: {
        show: true,
        position: i === 0 ? "left" : "right",
        color,
        formatter: ({ value }: { value: number | null }) => (value ? size(value) : ""),
      },
    })),
  };
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
