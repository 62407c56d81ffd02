import type { Page } from "@playwright/test";

/** A picture as a camera makes it: large, and not alike in any two places. Each number has its own. */
export async function picture(page: Page, number: number) {
  const url = await page.evaluate((number) => {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: 2400, height: 1800 });
    const paper = canvas.getContext("2d");
    for (let at = 0; at < 20_000; at++) {
      const seed = at * 7919 + number * 104_729;
      if (paper) paper.fillStyle = `hsl(${seed % 360} 60% ${30 + (seed % 50)}%)`;
      paper?.fillRect((seed * 31) % 2400, (seed * 17) % 1800, 20 + (seed % 60), 20 + (seed % 40));
    }
    return canvas.toDataURL("image/jpeg", 0.95);
  }, number);
  const buffer = Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
  return { name: `照片${number}.jpg`, mimeType: "image/jpeg", buffer };
}
