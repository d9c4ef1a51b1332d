/**
 * A Redis and a PostgreSQL to try things on: `npm run servers`. Both listen on loopback, without passwords, on data
 * that is removed when Ctrl-C ends them. What Debian starts by itself is neither used nor touched.
 */
import { startPostgres } from '../tests/servers/postgres.ts';
import { startRedis } from '../tests/servers/redis.ts';
import { installPackages } from './suite/debian.ts';
import { endWithParent } from './suite/parent.ts';

const interrupted = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  endWithParent(resolve);
});

const { code, output } = await installPackages(['redis-server', 'initdb']);
if (code === 0) {
  await using redis = await startRedis();
  await using postgres = await startPostgres();
  console.log(
    `REDIS_URL=${redis.url}\nPOSTGRES_URL=${postgres.url}\nCtrl-C stops both and removes their data.`,
  );
  await interrupted;
} else {
  console.error(output);
  process.exitCode = 2;
}
