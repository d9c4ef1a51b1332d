/**
 * `npm run bench:stores`: what a record costs in each store, on servers of this machine that write to its disk. Half a
 * minute. A network between would add its round trip to each line but the first two.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '@seaworthy/protect/store';
import { memoryStore } from '@seaworthy/stores/memory';
import { postgresStore } from '@seaworthy/stores/postgres';
import { redisStore } from '@seaworthy/stores/redis';
import { sqliteStore } from '@seaworthy/stores/sqlite';
import { startPostgres } from '../tests/servers/postgres.ts';
import { startRedis } from '../tests/servers/redis.ts';

const measureMs = 1_000;
const callersAtOnce = 50;

const folder = mkdtempSync(join(tmpdir(), 'seaworthy-bench-'));
await using always = await startRedis({ appendfsync: 'always' });
await using everySecond = await startRedis({ appendfsync: 'everysec' });
await using postgres = await startPostgres();
const timeout = '20s';
const stores: readonly (readonly [string, Store])[] = [
  ['memory', memoryStore({ maxRecords: 10_000_000 })],
  ['SQLite', sqliteStore({ file: join(folder, 'power-cut.db') })],
  ["SQLite, survives: 'crash'", sqliteStore({ file: join(folder, 'crash.db'), survives: 'crash' })],
  ['Redis, appendfsync everysec', redisStore({ url: everySecond.url, timeout })],
  ['Redis, appendfsync always', redisStore({ url: always.url, timeout })],
  ['PostgreSQL', postgresStore({ url: postgres.url, timeout })],
];

console.log(`${cpus().length} cores, Node ${process.versions.node}\n`);
console.log(
  `${''.padEnd(30)}${'one write'.padStart(12)}${'one read'.padStart(12)}${`${callersAtOnce} writers`.padStart(16)}`,
);
for (const [name, store] of stores) {
  await measure(1, (n) => store.write(`warm/${n}`, 'x'));
  const write = await measure(1, (n) => store.write(`w/${n}`, 'x', { expect: 'absent' }));
  const read = await measure(1, (n) => store.read(`w/${n}`));
  const many = await measure(callersAtOnce, (n) => store.write(`m/${n}`, 'x', { expect: 'absent' }));
  const perSecond = `${Math.round(many.perSecond).toLocaleString('en')}/s`;
  console.log(
    name.padEnd(30) +
      ms(write.medianMs).padStart(12) +
      ms(read.medianMs).padStart(12) +
      perSecond.padStart(16),
  );
  await store.close();
}
rmSync(folder, { recursive: true, force: true });

/** Calls again and again for a second, `atOnce` at the same time. */
async function measure(atOnce: number, call: (n: number) => Promise<unknown>) {
  const took: number[] = [];
  const startedAt = performance.now();
  let calls = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() - startedAt < measureMs) {
        const before = performance.now();
        await call(calls++);
        took.push(performance.now() - before);
      }
    }),
  );
  const perSecond = (took.length * 1_000) / (performance.now() - startedAt);
  return { medianMs: took.toSorted((a, b) => a - b)[Math.floor(took.length / 2)]!, perSecond };
}

function ms(value: number): string {
  return `${value < 0.1 ? value.toFixed(4) : value.toFixed(2)} ms`;
}
