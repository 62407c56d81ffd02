// Asks two servers the same question by turns, and tells the CPU time each took a request:
//
//     node bench/by-turns.mjs CASE URL,PID,TOKEN[,DATABASE] URL,PID,TOKEN[,DATABASE] [CONNECTIONS]
//
// What disturbs the machine disturbs both alike. CASE is nested or list; both servers run on this
// machine, each on a file of the same made-up city or on a DATABASE of one PostgreSQL server, whose
// processes for it are counted too. Works on Linux, whose /proc it reads.
import { readFileSync, readdirSync } from "node:fs";

const BLOCK = 132;
const BLOCKS = 20;
const TICKS = 100;

const QUERIES = {
  nested: {
    query: `query Nested($station: String!) { station(code: $station) { id code name
      visits(first: 20) { nodes { id visitedOn mode minutes remark person { id name sex birthDate
      newestAssessment { id assessedOn score level } } } } } }`,
    variables: (station) => ({ station }),
  },
  list: {
    query: `query List($filter: VisitFilter!) { visits(first: 50, filter: $filter) {
      pageInfo { hasNextPage } nodes { id visitedOn mode minutes remark station { name }
      person { name } } } }`,
    variables: (station) => ({
      filter: { stations: [station], visited: { from: "2025-04-01", to: "2025-06-30" } },
    }),
  },
};

const [name, first, second, connections = "8"] = process.argv.slice(2);
const asked = QUERIES[name];
if (!asked || !second) {
  console.error("usage: node bench/by-turns.mjs nested|list SERVER SERVER [CONNECTIONS]");
  process.exit(2);
}

async function ask(server, query, variables) {
  const { url, token } = server;
  const answer = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  const text = await answer.text();
  const told = JSON.parse(text);
  if (!answer.ok || told.errors) throw new Error(text.slice(0, 600));
  server.bytes += text.length;
  return told.data;
}

/** CPU seconds of a process. */
function cpu(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** CPU seconds of PostgreSQL's processes that serve a database. */
function databaseCpu(database) {
  let seconds = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const name = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      if (name.startsWith("postgres: ") && name.split(" ")[2] === database) seconds += cpu(pid);
    } catch {
      // It ended meanwhile.
    }
  }
  return seconds;
}

async function block(server) {
  const start = performance.now();
  const end = server.turn + BLOCK;
  const work = async () => {
    while (server.turn < end) {
      const station = server.stations[server.turn++ % server.stations.length];
      await ask(server, asked.query, asked.variables(station));
    }
  };
  await Promise.all(Array.from({ length: Number(connections) }, work));
  server.seconds += (performance.now() - start) / 1000;
}

const servers = [first, second].map((text) => {
  const [url, pid, token, database] = text.split(",");
  return { url, pid, token, database, turn: 0, seconds: 0, bytes: 0 };
});
for (const server of servers) {
  const data = await ask(server, "{ stations(first: 200) { nodes { code } } }");
  server.stations = data.stations.nodes.map((station) => station.code).sort();
  await block(server);
}
for (const server of servers) {
  server.before = [cpu(server.pid), databaseCpu(server.database)];
  server.seconds = 0;
  server.bytes = 0;
}
for (let round = 0; round < BLOCKS; round++) {
  for (const server of servers) await block(server);
}
// What is written after the answer counts too.
await new Promise((done) => setTimeout(done, 4000));
const requests = BLOCK * BLOCKS;
const took = servers.map(({ pid, database, before }) => {
  const now = [cpu(pid), databaseCpu(database)];
  return now.map((seconds, at) => ((seconds - before[at]) / requests) * 1e6);
});
for (const [at, { seconds, bytes }] of servers.entries()) {
  const [own, ofDatabase] = took[at].map((micros) => micros.toFixed(0));
  const [rate, each] = [requests / seconds, bytes / requests].map((number) => number.toFixed(0));
  console.log(`${at + 1}: ${own} + ${ofDatabase} µs of CPU a request, ${rate} requests/s, ${each} characters`);
}
const [one, two] = took.map(([own, ofDatabase]) => own + ofDatabase);
console.log(`2 beside 1: ${((two / one - 1) * 100).toFixed(1)} %`);
