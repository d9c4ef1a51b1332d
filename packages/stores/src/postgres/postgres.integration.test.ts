import { setTimeout as sleep } from 'node:timers/promises';
import type { TransactionalStore } from '@seaworthy/protect/store';
import { Pool, type PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres } from '../../../../tests/servers/postgres.ts';
import type { Server } from '../../../../tests/servers/server.ts';
import { describeJoining, describeStore, describeTransactions } from '../fixtures/contract.ts';
import { describeOutages } from '../fixtures/outages.ts';
import { describeSharing } from '../fixtures/sharing.ts';
import type { PostgresClient } from './loan.ts';
import { postgresStore } from './postgres.ts';
import { postgresSchema } from './schema.ts';

type OnUrl = TransactionalStore<PostgresClient>;
let server: Server;
let pool: Pool;
let stores: readonly [OnUrl, OnUrl];
let strict: readonly [OnUrl, OnUrl];
let onPool: TransactionalStore<PoolClient>;

// No server hangs here; a busy machine may take its time.
const open = (url: string) => postgresStore({ url, timeout: '20s' });

beforeAll(async () => {
  server = await startPostgres({ fsync: 'off' });
  pool = new Pool({ connectionString: server.url });
  await pool.query('CREATE DATABASE strict');
  await pool.query("ALTER DATABASE strict SET default_transaction_isolation = 'serializable'");
  const strictUrl = server.url.replace(/[^/]*$/, 'strict');
  stores = [open(server.url), open(server.url)];
  strict = [open(strictUrl), open(strictUrl)];
  onPool = postgresStore({ pool, timeout: '20s' });
});

afterAll(async () => {
  for (const store of [...stores, ...strict, onPool]) await store.close();
  await pool.end();
  await server.stop();
});

describe('the PostgreSQL store', () => {
  describeStore(() => stores[0], sleep);
  describeTransactions(() => stores[0]);
  describeJoining(() => stores[0]);
  describeSharing(() => stores);

  it('makes its table once, however many begin at the same time', async () => {
    const many = Array.from({ length: 8 }, () => postgresStore({ pool, table: 'made_once', timeout: '20s' }));
    const results = await Promise.all(many.map((store) => store.write('k', 'v', { expect: 'absent' })));
    expect(results.filter((result) => result.written)).toHaveLength(1);
  });

  it('stands in a schema of your own, made by a migration of your own, for a user who may make nothing', async () => {
    const names = { schema: 'kept', table: 'records' };
    await pool.query('CREATE SCHEMA kept');
    await pool.query(postgresSchema(names));
    await pool.query(postgresSchema(names));
    await pool.query(`CREATE ROLE humble LOGIN; GRANT USAGE ON SCHEMA kept TO humble;
      GRANT SELECT, INSERT, UPDATE, DELETE ON kept.records TO humble;
      GRANT USAGE ON SEQUENCE kept.records_version TO humble`);
    const url = server.url.replace('seaworthy@', 'humble@');
    await using humble = postgresStore({ url, timeout: '20s', ...names });
    expect((await humble.write('k', 'v')).written).toBe(true);
    await using wrong = open(url);
    await expect(wrong.write('k', 'v')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('permission denied') as string,
    });
  });

  it('commits an effect on the same database with the record, or neither', async () => {
    await pool.query('CREATE TABLE charges (id text)');
    const charge = (fails: boolean) =>
      onPool.createWith('charge', async (client) => {
        await client.query('INSERT INTO charges VALUES ($1)', ['c']);
        if (fails) throw new Error('after the effect');
        return 'charged';
      });
    const count = async () => (await pool.query('SELECT id FROM charges')).rowCount;
    await expect(charge(true)).rejects.toThrow('after the effect');
    expect(await count()).toBe(0);
    expect((await charge(false)).written).toBe(true);
    expect((await charge(false)).written).toBe(false);
    expect(await count()).toBe(1);
  });

  it('gives a writer that was held up a higher number than all who came and went meanwhile', async () => {
    await using one = postgresStore({ pool, table: 'held_up', timeout: '20s' });
    await using other = postgresStore({ pool, table: 'held_up', timeout: '20s' });
    await one.next();
    // Holds an insert up when it has its number, and before it knows whether a row is in its way.
    await pool.query(`CREATE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_lock(42), pg_advisory_unlock(42); RETURN NEW; END';
      CREATE TRIGGER hold_up BEFORE INSERT ON held_up FOR EACH ROW WHEN (NEW.value = 'slow')
        EXECUTE FUNCTION hold_up()`);
    const gate = await pool.connect();
    await gate.query('SELECT pg_advisory_lock(42)');
    const slow = one.write('k', 'slow', { expect: 'absent' });
    const waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";
    while ((await pool.query(waiting)).rowCount === 0) await sleep(10);
    const quick = await other.write('k', 'quick', { expect: 'absent' });
    if (!quick.written) throw new Error('Nobody else was in the way.');
    await other.remove('k', quick.version);
    await gate.query('SELECT pg_advisory_unlock(42)');
    gate.release();
    const late = await slow;
    expect(late.written && late.version).toBeGreaterThan(quick.version);
  });

  it('is busy with a key while its work runs, on every machine, and with no other key', async () => {
    let finish = (_reply: string) => {};
    let begun = () => {};
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    const running = stores[0].createWith('busy', () => {
      begun();
      return new Promise<string>((resolve) => void (finish = resolve));
    });
    await hasBegun;
    expect(await stores[1].createWith('busy', () => 'other')).toEqual({ written: false, busy: true });
    expect((await stores[1].createWith('not busy', () => 'other')).written).toBe(true);
    finish('reply');
    expect((await running).written).toBe(true);
  });

  it('gives way to a record that was written while the work ran', async () => {
    const result = await stores[0].createWith('overtaken', async (client) => {
      await client.query("SELECT 'an effect'");
      await stores[1].write('overtaken', 'plain');
      return 'late';
    });
    expect(result).toEqual({ written: false, busy: true });
    expect((await stores[0].read('overtaken'))?.value).toBe('plain');
  });

  it('joins a transaction of your own, and makes its table beside it', async () => {
    const joined = postgresStore<PoolClient>({ pool, table: 'joined' });
    const client = await pool.connect();
    await client.query('BEGIN');
    expect(await joined.createIn(client, 'k', 'v')).toMatchObject({ written: true });
    expect(await joined.read('k')).toBeUndefined();
    await client.query('ROLLBACK');
    expect(await joined.read('k')).toBeUndefined();
    await client.query('BEGIN');
    await joined.createIn(client, 'k', 'v', { ttlMs: 60_000 });
    await client.query('COMMIT');
    client.release();
    expect((await joined.read('k'))?.value).toBe('v');
  });

  it('keeps nothing when the connection dies under the work, and works on', async () => {
    const dying = stores[0].createWith('dies', async (client) => {
      const [row] = (await client.query('SELECT pg_backend_pid() AS pid')).rows;
      await pool.query('SELECT pg_terminate_backend($1)', [row!['pid']]);
      await sleep(50);
      return 'never kept';
    });
    await expect(dying).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(await stores[0].read('dies')).toBeUndefined();
    expect((await stores[0].createWith('dies', () => 'kept')).written).toBe(true);
  });

  it('ends in time when all connections of a pool are taken, and gives each back that comes late', async () => {
    const small = new Pool({ connectionString: server.url, max: 1 });
    await using patient = postgresStore({ pool: small, timeout: '200ms' });
    const taken = await small.connect();
    await expect(patient.read('k')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    taken.release();
    expect(await patient.read('nothing')).toBeUndefined();
    await small.end();
  });

  it('deletes what is past its time, once nobody can be writing it', async () => {
    await using store = postgresStore({ pool, table: 'swept', timeout: '20s' });
    for (let n = 0; n < 40; n++) await store.write(`old/${n}`, 'x', { ttlMs: 1 });
    await store.write('removed', 'x');
    await store.remove('removed');
    await pool.query(
      "UPDATE swept SET written_at = written_at - interval '2 minutes', expires_at = expires_at - interval '2 minutes'",
    );
    for (let n = 0; n < 256; n++) await store.write('new', String(n));
    expect((await pool.query('SELECT key FROM swept')).rows).toEqual([{ key: 'new' }]);
  });

  it('deletes also where every record is committed with an effect', async () => {
    await using store = postgresStore({ pool, table: 'swept_too', timeout: '20s' });
    await store.write('old', 'x', { ttlMs: 1 });
    await pool.query(
      "UPDATE swept_too SET written_at = written_at - interval '2 minutes', expires_at = expires_at - interval '2 minutes'",
    );
    for (let n = 0; n < 256; n++) await store.createWith(`new/${n}`, () => 'x');
    expect((await pool.query("SELECT key FROM swept_too WHERE key = 'old'")).rows).toEqual([]);
  });

  it('leaves a server that may only be read, and finds the one that may be written', async () => {
    await pool.query('CREATE DATABASE standby');
    await using store = open(server.url.replace(/[^/]*$/, 'standby'));
    await store.write('k', 'v');
    await pool.query('ALTER DATABASE standby SET default_transaction_read_only = on');
    await pool.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'standby'");
    const answer = await store
      .write('k', 'v')
      .catch(() => store.write('k', 'v'))
      .catch((error: unknown) => error);
    expect(answer).toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await pool.query('ALTER DATABASE standby SET default_transaction_read_only = off');
    expect((await store.write('k', 'v')).written).toBe(true);
  });

  it('refuses options that cannot be right', () => {
    expect(() => postgresStore({})).toThrow('url');
    expect(() => postgresStore({ url: 'redis://x' })).toThrow('url');
    expect(() => postgresStore({ pool, table: 'a"b' })).toThrow('table');
    expect(() => postgresStore({ pool, schema: 'A' })).toThrow('schema');
    expect(() => postgresStore({ url: server.url, connections: 0 })).toThrow('connections');
    expect(() => postgresStore({ pool, timeout: '0s' })).toThrow('timeout');
    expect(() => postgresStore({ pool, ttl: 1 } as never)).toThrow('ttl');
  });
});

describe('the PostgreSQL store, where transactions are serializable by default', () => {
  describeSharing(() => strict);

  it('commits the effect of one among many at once; one that loses the race may run, and leaves no trace', async () => {
    const strictPool = new Pool({ connectionString: server.url.replace(/[^/]*$/, 'strict'), max: 20 });
    await using store = postgresStore<PoolClient>({ pool: strictPool, timeout: '20s' });
    await strictPool.query('CREATE TABLE effects (n int)');
    for (let round = 0; round < 10; round++) {
      const create = async (n: number) =>
        store.createWith(`race/${round}`, async (client) => {
          await client.query('INSERT INTO effects VALUES ($1)', [n]);
          return String(n);
        });
      const results = await Promise.all(Array.from({ length: 20 }, (_, n) => create(n)));
      const winners = results.flatMap((result, n) => (result.written ? [String(n)] : []));
      expect(winners).toEqual([(await store.read(`race/${round}`))?.value]);
    }
    expect((await strictPool.query('SELECT n FROM effects')).rowCount).toBe(10);
    await strictPool.end();
  });
});

describe('the PostgreSQL store, when its server fails', () => {
  describeOutages(startPostgres, (url, timeout) => postgresStore({ url, timeout }));
});
