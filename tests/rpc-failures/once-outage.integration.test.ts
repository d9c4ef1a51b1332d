/** Callers that repeat until they are answered, while the server that keeps the records is killed again and again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { answerOnce, type HttpReply, once, onceInTransaction } from '@seaworthy/protect/idempotency';
import type { Store } from '@seaworthy/protect/store';
import { degradedStore } from '@seaworthy/stores/degraded';
import { postgresStore } from '@seaworthy/stores/postgres';
import { redisStore } from '@seaworthy/stores/redis';
import { Pool, type PoolClient } from 'pg';
import { describe, expect, it } from 'vitest';
import { startPostgres } from '../servers/postgres.ts';
import { startRedis } from '../servers/redis.ts';
import type { Server } from '../servers/server.ts';

const timeout = '1s';
const callers = 6;
/** So many callers repeat each order. */
const repetitions = 3;

type Charge = (order: string) => Promise<{ readonly id: string }>;

/** Charges new orders until the server was killed three times; gives the replies that each order got. */
async function chargeUnderOutages(server: Server, charge: Charge): Promise<Map<string, Set<string>>> {
  const replies = new Map<string, Set<string>>();
  let failures = 0;
  const closed = new AbortController();
  async function ask(order: string): Promise<void> {
    for (;;) {
      try {
        const { id } = await charge(order);
        replies.set(order, (replies.get(order) ?? new Set()).add(id));
        return;
      } catch {
        failures++;
        await sleep(20);
      }
    }
  }
  async function call(caller: number): Promise<void> {
    for (let n = 0; !closed.signal.aborted; n++) {
      const order = `order-${caller}-${n}`;
      await Promise.all(Array.from({ length: repetitions }, () => ask(order)));
    }
  }
  const calling = Array.from({ length: callers }, (_, caller) => call(caller));
  for (let outage = 0; outage < 3; outage++) {
    const before = replies.size;
    while (replies.size < before + 20) await sleep(10);
    await server.kill();
    await sleep(100);
    await server.restart();
  }
  closed.abort();
  await Promise.all(calling);
  expect(failures).toBeGreaterThan(0);
  expect(replies.size).toBeGreaterThanOrEqual(60);
  return replies;
}

describe('a once-only answer while Redis is gone', () => {
  it('is 503 at once, or goes by the rule that was chosen, and all is as before when it is back', async () => {
    await using server = await startRedis();
    const answering = (store: Store) => {
      const charges = once<HttpReply>({ store, scope: 'charges', lease: '1s' });
      return (key: string, status: number) =>
        answerOnce({ method: 'POST', path: '/charges', key, body: '{}' }, (request) =>
          charges.run(request, () => ({ status })),
        );
    };
    await using closed = degradedStore(redisStore({ url: server.url, timeout }));
    await using local = degradedStore(redisStore({ url: server.url, timeout }), { whenDown: 'local' });
    const [strict, lenient] = [answering(closed), answering(local)];
    expect(await strict('before', 201)).toEqual({ status: 201 });

    await server.kill();
    expect(await strict('during', 201)).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect(await lenient('during', 201)).toEqual({ status: 201 });
    expect(await lenient('during', 202)).toMatchObject({
      status: 201,
      headers: { 'idempotent-replayed': 'true' },
    });

    await server.restart();
    const giveUpAt = performance.now() + 30_000;
    while ((await strict('after', 201)).status !== 201 && performance.now() < giveUpAt) await sleep(50);
    expect(await strict('before', 202)).toMatchObject({
      status: 201,
      headers: { 'idempotent-replayed': 'true' },
    });
    expect(await strict('after', 202)).toMatchObject({
      status: 201,
      headers: { 'idempotent-replayed': 'true' },
    });
    expect(await lenient('during', 202)).toMatchObject({
      status: 201,
      headers: { 'idempotent-replayed': 'true' },
    });
  });
});

describe('orders that are repeated while the server with the records is killed', () => {
  it('have one effect each, where effect and record are one transaction of PostgreSQL', async () => {
    await using server = await startPostgres();
    const pool = new Pool({ connectionString: server.url, connectionTimeoutMillis: 1_000 });
    // Idle connections end with the server.
    pool.on('error', () => undefined);
    await pool.query('CREATE TABLE charges (id text PRIMARY KEY, order_id text)');
    const store = postgresStore<PoolClient>({ pool, timeout });
    const charges = onceInTransaction<{ id: string }, PoolClient>({ store, scope: 'charges' });
    const replies = await chargeUnderOutages(server, async (order) => {
      const { reply } = await charges.run({ key: order, fingerprint: 'f' }, async (client) => {
        const id = crypto.randomUUID();
        await client.query('INSERT INTO charges VALUES ($1, $2)', [id, order]);
        return { id };
      });
      return reply;
    });
    const { rows } = await pool.query('SELECT id, order_id FROM charges');
    const made = new Map(rows.map((row) => [String(row.order_id), new Set([String(row.id)])]));
    expect(rows).toHaveLength(made.size);
    expect(made).toEqual(replies);
    await pool.end();
  });

  it('get one answer each, where the effect is elsewhere and the record in Redis', async () => {
    await using server = await startRedis();
    await using store = redisStore({ url: server.url, timeout });
    const charges = once<{ id: string }>({ store, scope: 'charges', lease: '1s' });
    const replies = await chargeUnderOutages(server, async (order) => {
      const work = async () => {
        await sleep(5);
        return { id: crypto.randomUUID() };
      };
      return (await charges.run({ key: order, fingerprint: 'f' }, work)).reply;
    });
    for (const [order, answers] of replies) expect(answers.size, order).toBe(1);
  });
});
