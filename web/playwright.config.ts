import { defineConfig } from "@playwright/test";

// Debian's Chromium; none is downloaded. It is run without its sandbox by root, as in a container.
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];

export default defineConfig({
  testDir: "e2e",
  globalSetup: "./e2e/setup.ts",
  outputDir: "node_modules/.playwright",
  reporter: [["list"]],
  // One hub and one list of people for all: each test has someone of its own there.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  use: {
    locale: "zh-CN",
    timezoneId: "Asia/Shanghai",
    launchOptions: { executablePath, args },
    viewport: { width: 390, height: 844 },
  },
});
