import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '../../../../tests/servers/postgres.ts';
import type { Server } from '../../../../tests/servers/server.ts';
import { describeLimits } from '../fixtures/limits.ts';
import { type PostgresLimits, postgresLimits } from './limits.ts';
import { postgresLimitsSchema } from './limits-schema.ts';

let server: Server;
let pool: Pool;
let stores: readonly [PostgresLimits, PostgresLimits];

beforeAll(async () => {
  server = await startPostgres({ fsync: 'off' });
  pool = new Pool({ connectionString: server.url });
  stores = [postgresLimits({ pool, timeout: '20s' }), postgresLimits({ url: server.url, timeout: '20s' })];
});

afterAll(async () => {
  await stores[1].close();
  await pool.end();
  await server.stop();
});

describe('limits in PostgreSQL', () => {
  describeLimits(() => stores, sleep);

  it('hold where many ask for many keys at once, in any order, in a database of strict isolation', async () => {
    await pool.query('CREATE DATABASE strict');
    await pool.query("ALTER DATABASE strict SET default_transaction_isolation = 'serializable'");
    const url = server.url.replace(/[^/]*$/, 'strict');
    await using limits = postgresLimits({ url, connections: 6, timeout: '20s' });
    const rule = { name: 'crowd', emissionMs: 3_600_000, toleranceMs: 10 * 3_600_000 };
    const keys = Array.from({ length: 12 }, (_, n) => `k${n}`);
    const rounds = await Promise.all(
      Array.from({ length: 18 }, (_, n) =>
        limits.take(
          rule,
          (n % 2 === 0 ? keys : keys.toReversed()).map((key) => ({ key, permits: 1 })),
        ),
      ),
    );
    const granted = rounds.flat().reduce((sum, grant) => sum + grant.granted, 0);
    expect(granted).toBe(10 * keys.length);
  });

  it('delete what is full again', async () => {
    const rule = { name: 'swept', emissionMs: 1, toleranceMs: 10 };
    await stores[0].take(rule, [{ key: 'old', permits: 1 }]);
    const count = async () =>
      Number((await pool.query("SELECT count(*) AS n FROM seaworthy_limits WHERE key = 'old'")).rows[0]?.n);
    expect(await count()).toBe(1);
    await pool.query('UPDATE seaworthy_limits SET full_at = full_at - 120000');
    for (let n = 0; n < 1_024; n++) await stores[0].take(rule, [{ key: 'new', permits: 1 }]);
    expect(await count()).toBe(0);
  });

  it('stand in a table of your own', async () => {
    await pool.query('CREATE SCHEMA kept');
    const names = { schema: 'kept', table: 'limits' };
    await pool.query(postgresLimitsSchema(names));
    const limits = postgresLimits({ pool, ...names, timeout: '20s' });
    const [grant] = await limits.take({ name: 'l', emissionMs: 1_000, toleranceMs: 1_000 }, [
      { key: '', permits: 2 },
    ]);
    expect(grant?.granted).toBe(1);
    expect((await pool.query('SELECT name FROM kept.limits')).rows).toEqual([{ name: 'l' }]);
  });

  it('refuse options that cannot be right', () => {
    expect(() => postgresLimits({})).toThrow('url');
    expect(() => postgresLimits({ pool, table: 'a b' })).toThrow('table');
  });
});
