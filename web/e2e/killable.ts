import { spawn } from "node:child_process";
import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "@playwright/test";

/** All that a folder holds, in either way that texts are written there. */
export function texts(dir: string): string {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)))
    .map((bytes) => bytes.toString("utf8") + bytes.toString("utf16le") + bytes.subarray(1).toString("utf16le"))
    .join();
}

/** A browser with a folder of its own, that can be killed as a dead battery does. */
export class Killable {
  /** Those that a test leaves behind where it fails. */
  static readonly alive = new Set<Killable>();

  private constructor(
    private readonly pid: number,
    private readonly browser: Browser,
    readonly page: Page,
  ) {}

  static async start(dir: string): Promise<Killable> {
    const args = ["--headless=new", "--no-first-run", "--remote-debugging-port=0", `--user-data-dir=${dir}`];
    if (process.getuid?.() === 0) args.push("--no-sandbox");
    rmSync(join(dir, "DevToolsActivePort"), { force: true });
    const process_ = spawn(process.env.CHROMIUM ?? "/usr/bin/chromium", args, { detached: true, stdio: "ignore" });
    const browser = await connected(`http://127.0.0.1:${await portOf(dir)}`);
    const [context] = browser.contexts();
    if (!context || !process_.pid) throw new Error("no browser");
    const started = new Killable(process_.pid, browser, context.pages()[0] ?? (await context.newPage()));
    Killable.alive.add(started);
    return started;
  }

  async kill() {
    Killable.alive.delete(this);
    process.kill(-this.pid, "SIGKILL");
    await this.browser.close().catch(() => {});
  }
}

/** One that has only just started may leave whoever calls first without an answer. */
async function connected(address: string): Promise<Browser> {
  for (let tries = 1; ; tries++) {
    try {
      return await chromium.connectOverCDP(address, { timeout: 8000 });
    } catch (error) {
      if (tries === 3) throw error;
    }
  }
}

async function portOf(dir: string): Promise<string> {
  for (let tries = 0; tries < 150; tries++) {
    try {
      const [port] = readFileSync(join(dir, "DevToolsActivePort"), "utf8").split("\n");
      if (port) return port;
    } catch {
      // Not written yet.
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("the browser did not start within 15 s");
}
