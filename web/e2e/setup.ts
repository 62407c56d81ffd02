import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hub, STATION } from "./hub.ts";
import { seed } from "./seed.ts";

/** A hub of its own on a fresh database, with the accounts and people of the tests. */
export default async function setup() {
  const binary = process.env.NUANYANG ?? "../target/debug/nuanyang";
  const dir = mkdtempSync(join(tmpdir(), "nuanyang-pages-"));
  const database = `sqlite:${join(dir, "hub.db")}`;
  const command = (...args: string[]) =>
    execFileSync(binary, [...args, "--database", database], { encoding: "utf8" }).trim();
  const port = await freePort();
  const add = (username: string) =>
    command("account", "add", username, "--name", "王芳", "--role", "station-worker", "--station", STATION);
  const token = add("wangfang");
  add("liqiang");
  const server = spawn(binary, ["serve", "--database", database, "--listen", `127.0.0.1:${port}`], {
    stdio: "ignore",
  });
  const hub = new Hub(`http://localhost:${port}`, token);
  await hub.ready();
  await seed(hub);
  const password = command("account", "password", "liqiang").split(/\s/).at(-1) ?? "";
  Object.assign(process.env, {
    HUB_URL: hub.url,
    HUB_TOKEN: token,
    HUB_PASSWORD: password,
    HUB_DATABASE: database,
    HUB_BINARY: binary,
  });
  return () => end(server, dir);
}

async function end(server: ChildProcess, dir: string) {
  const ended = new Promise((done) => server.once("exit", done));
  server.kill("SIGTERM");
  await ended;
  rmSync(dir, { recursive: true, force: true });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
