// Answers questions over exported rows by DuckDB, independently of the hub.
//
// Reads {tables: {OF: file of rows}, questions: [{of, by, from, to}]} from the file named, and writes for each
// question its cells with every total: [{key: [text], figures: [count, people, households, share,
// sum, mean and median of the minutes]}]. A row has id, day, division, station, person, household,
// sex, born, minutes, and by what else it is told apart; a list of values is several cells.
import { readFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const part = (digits) => `CASE WHEN length(division) >= ${digits} THEN substr(division, 1, ${digits}) ELSE 'UNKNOWN' END`;
const begin = (unit) => `CAST(CAST(date_trunc('${unit}', CAST(day AS DATE)) AS DATE) AS VARCHAR)`;
const DIMENSIONS = {
  COUNTY: part(6),
  TOWNSHIP: part(9),
  VILLAGE: part(12),
  STATION: 'station',
  YEAR: `CAST(year(CAST(day AS DATE)) AS VARCHAR)`,
  QUARTER: begin('quarter'),
  MONTH: begin('month'),
  WEEK: begin('week'),
  DAY: begin('day'),
  SEX: `coalesce(sex, 'UNKNOWN')`,
  AGE_BAND: `CASE WHEN born IS NULL THEN 'UNKNOWN' ELSE CAST(list_max(list_filter([0, 6, 12, 18, 60, 70, 80],
    lambda first: first <= date_sub('year', CAST(born AS DATE), CAST(day AS DATE)))) AS VARCHAR) END`,
};
// What the table has under a name of its own; of a list each value, which `one` names.
const isList = (of, dimension) => of === 'VISITS' && ['SERVICE', 'KIND'].includes(dimension);
const one = (dimension) => `one_${dimension.toLowerCase()}`;
const own = (of, dimension) => (isList(of, dimension) ? one(dimension) : `coalesce("${dimension.toLowerCase()}", 'UNKNOWN')`);
const each = (dimension) => {
  const list = `"${dimension.toLowerCase()}"`;
  return `, LATERAL (SELECT unnest(CASE WHEN len(${list}) > 0 THEN ${list} ELSE ['UNKNOWN'] END) AS ${one(dimension)})`;
};

// One total after the other: every subset of the dimensions, each row of a cell counted once.
function cells({ of, by, from, to }) {
  const within = from ? `WHERE day BETWEEN '${from}' AND '${to}'` : '';
  const lists = by.filter((dimension) => isList(of, dimension)).map(each);
  const told = by.map((dimension, at) => `${DIMENSIONS[dimension] ?? own(of, dimension)} AS k${at}`);
  const rows = `SELECT ${[...told, 'id', 'person', 'household', 'minutes'].join(', ')} FROM "${of}" ${lists.join('')} ${within}`;
  const totals = [];
  for (let chosen = 0; chosen < 1 << by.length; chosen += 1) {
    const keys = by.map((_, at) => (chosen & (1 << at) ? `k${at}` : `'TOTAL'`));
    const named = keys.map((key, at) => `${key} AS k${at}`);
    totals.push(`SELECT ${[`[${keys.join(', ')}]::VARCHAR[] AS key`, 'count(*)', 'count(DISTINCT person)', 'count(DISTINCT household)',
      `count(*) / (SELECT count(DISTINCT id) FROM told)`, 'sum(minutes)', 'avg(minutes)', 'median(minutes)'].join(', ')}
      FROM (SELECT DISTINCT ${[...named, 'id', 'person', 'household', 'minutes'].join(', ')} FROM told) GROUP BY ALL HAVING count(*) > 0`);
  }
  return `WITH told AS (${rows}) ${totals.join(' UNION ALL ')}`;
}

const { tables, questions } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const connection = await (await DuckDBInstance.create()).connect();
const TYPES = { minutes: 'BIGINT', service: 'VARCHAR[]' };
for (const [of, file] of Object.entries(tables)) {
  const columns = Object.keys(JSON.parse(readFileSync(file, 'utf8'))[0]).map((column) => `"${column}": '${TYPES[column] ?? 'VARCHAR'}'`);
  await connection.run(`CREATE TABLE "${of}" AS SELECT * FROM read_json('${file}', format = 'array', columns = {${columns.join(', ')}})`);
}
// The kinds of ledger in which the visited stood on the day of the visit.
await connection.run(`CREATE TABLE standing AS SELECT v.id, list(DISTINCT e.kind) AS kind FROM "VISITS" v JOIN "LEDGER_ENTRIES" e
  ON e.person = v.person AND e.day <= v.day AND (e.closed IS NULL OR e.closed >= v.day) GROUP BY v.id`);
await connection.run(`CREATE OR REPLACE TABLE "VISITS" AS SELECT v.* EXCLUDE (kind), standing.kind
  FROM "VISITS" v LEFT JOIN standing USING (id)`);
const answers = [];
for (const question of questions) {
  const answer = await connection.runAndReadAll(cells(question));
  answers.push(answer.getRowsJson().map(([key, ...figures]) => ({ key, figures: figures.map((figure) => (figure === null ? null : Number(figure))) })));
}
process.stdout.write(JSON.stringify(answers));
