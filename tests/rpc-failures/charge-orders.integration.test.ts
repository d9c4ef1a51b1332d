/** Each order is charged exactly once, whatever happens between the shop and its payment; without keys it is not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startPostgres } from '../servers/postgres.ts';
import { startRedis } from '../servers/redis.ts';
import { chargeOrders } from './charge-orders.ts';
import { chargesMade } from './charges-made.ts';

let dataFolder: string;
beforeEach(() => void (dataFolder = mkdtempSync(join(tmpdir(), 'seaworthy-charges-'))));
afterEach(() => rmSync(dataFolder, { recursive: true, force: true }));

const orders = 300;
const seed = 11;

async function expectOnceEach(records?: string): Promise<void> {
  const { told, kills, repeats } = await chargeOrders({
    orders,
    kills: 4,
    seed,
    mode: 'keyed',
    dataFolder,
    records,
  });
  expect(kills).toBe(4);
  expect(repeats).toBeGreaterThan(0);
  expect(told.size).toBe(orders);
  const made = await chargesMade(dataFolder, records);
  // The very charges that the shop was told of: none missing, none twice.
  expect(new Map(made.map(({ id, orderId }) => [orderId, id]))).toEqual(told);
  expect(made).toHaveLength(orders);
}

describe('lost replies, requests delivered twice, delays and SIGKILLs of payment', () => {
  it('charge each order once, with SQLite', () => expectOnceEach());

  it('charge each order once, with PostgreSQL', async () => {
    await using postgres = await startPostgres();
    await expectOnceEach(postgres.url);
  });

  it('charge each order once, with the keys in Redis', async () => {
    await using redis = await startRedis();
    await expectOnceEach(redis.url);
  });

  it('charge some orders twice where no key is sent', async () => {
    const { told } = await chargeOrders({ orders, kills: 2, seed, mode: 'naive', dataFolder });
    expect(told.size).toBe(orders);
    expect((await chargesMade(dataFolder, undefined)).length).toBeGreaterThan(orders);
  });
});
