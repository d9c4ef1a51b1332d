/**
 * `npm run soak:orders`: 10,000 orders through the shop's payment while a proxy loses replies, delivers requests twice and
 * delays them, and payment is killed 50 times; on SQLite, PostgreSQL and Redis, and once more without keys. Options:
 * `--orders N`, `--kills N`, `--seed N`.
 *
 * Exits with 1 when an order with a key was not charged exactly once.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chargeOrders } from '../../tests/rpc-failures/charge-orders.ts';
import { chargesMade } from '../../tests/rpc-failures/charges-made.ts';
import { startPostgres } from '../../tests/servers/postgres.ts';
import { startRedis } from '../../tests/servers/redis.ts';

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '10000' },
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
  },
});
const [orders, kills, seed] = [values.orders, values.kills, values.seed].map(Number) as [
  number,
  number,
  number,
];

await using postgres = await startPostgres();
await using redis = await startRedis();
const runs = [
  { name: 'SQLite', mode: 'keyed', records: undefined },
  { name: 'PostgreSQL', mode: 'keyed', records: postgres.url },
  { name: 'Redis', mode: 'keyed', records: redis.url },
  { name: 'SQLite, naive', mode: 'naive', records: undefined },
] as const;

console.log(`${orders} orders, payment killed ${kills} times, seed ${seed}.\n`);
const widths = [14, 9, 7, 10, 9, 9, 9];
print('records', 'orders', 'kills', 'repeated', 'once', 'twice +', 'seconds');
for (const { name, mode, records } of runs) {
  const dataFolder = mkdtempSync(join(tmpdir(), 'seaworthy-charges-'));
  try {
    const startedAt = performance.now();
    const onProgress = (answered: number) => progress(`${name}: ${answered} of ${orders} orders charged`);
    const result = await chargeOrders({ orders, kills, seed, mode, dataFolder, records, onProgress });
    const seconds = (performance.now() - startedAt) / 1_000;
    const charges = new Map<string, number>();
    for (const { orderId } of await chargesMade(dataFolder, records)) {
      charges.set(orderId, (charges.get(orderId) ?? 0) + 1);
    }
    const once = [...charges.values()].filter((count) => count === 1).length;
    progress('');
    print(name, orders, result.kills, result.repeats, once, charges.size - once, seconds.toFixed(1));
    if (mode === 'keyed' && once !== orders) process.exitCode = 1;
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

function print(...cells: readonly (string | number)[]): void {
  console.log(
    cells
      .map((cell, column) => String(cell).padEnd(widths[column]!))
      .join('')
      .trimEnd(),
  );
}

/** One line that is written over; only where someone looks. */
function progress(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${text}`);
}
