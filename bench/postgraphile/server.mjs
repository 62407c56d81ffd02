// PostGraphile 5 on the database of DATABASE_URL, in two processes, as its makers advise for speed. Tells its
// address once every process answers.
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { grafserv } from 'postgraphile/grafserv/node';
import { makePgService } from 'postgraphile/adaptors/pg';
import { postgraphile } from 'postgraphile';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

const PROCESSES = 2;
const { DATABASE_URL, PORT } = process.env;

if (cluster.isPrimary) {
  let listening = 0;
  cluster.on('listening', () => {
    listening += 1;
    if (listening === PROCESSES) console.log(`http://127.0.0.1:${PORT}/graphql`);
  });
  for (let started = 0; started < PROCESSES; started += 1) cluster.fork();
} else {
  const service = postgraphile({
    extends: [PostGraphileAmberPreset],
    // Fields for what no index serves may stay: they cost nothing unasked.
    disablePlugins: ['PgIndexBehaviorsPlugin'],
    schema: { defaultBehavior: '+list +connection -insert -update -delete' },
    grafserv: { graphqlPath: '/graphql', watch: false },
    grafast: { explain: false },
    pgServices: [makePgService({ connectionString: DATABASE_URL, schemas: ['public'], poolConfig: { max: 10 } })],
  });
  const server = createServer();
  await service.createServ(grafserv).addTo(server);
  server.listen(Number(PORT), '127.0.0.1');
}
