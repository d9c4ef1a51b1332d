/** The once-only handlers on every store, with all that callers do to them; in memory time is virtual. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerOnce, type HttpReply, once, type OnceOptions } from '@seaworthy/protect/idempotency';
import type { Store } from '@seaworthy/protect/store';
import { type VirtualRuntime, virtualRuntime } from '@seaworthy/protect/testing';
import { memoryStore } from '@seaworthy/stores/memory';
import { postgresStore } from '@seaworthy/stores/postgres';
import { redisStore } from '@seaworthy/stores/redis';
import { sqliteStore } from '@seaworthy/stores/sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPostgres } from '../servers/postgres.ts';
import { startRedis } from '../servers/redis.ts';
import type { Server } from '../servers/server.ts';
import { describeOnce, describeOnceInTransaction, held, never } from './fixtures/once-cases.ts';

let runtime: VirtualRuntime;
let store: ReturnType<typeof memoryStore>;
const request = { key: 'k-1', fingerprint: 'f-1' };

beforeEach(() => {
  runtime = virtualRuntime();
  store = memoryStore({ clock: runtime.time });
});

const handler = (options: Partial<OnceOptions<unknown>> = {}) =>
  once<unknown>({ store, scope: 'test', lease: '3s', runtime, ...options });

describe('a once-only handler in memory', () => {
  describeOnce({
    store: () => store,
    runtime: () => runtime,
    leaseMs: 3_000,
    pass: (ms) => runtime.time.advance(ms),
  });
  describeOnceInTransaction(() => store);

  afterEach(() => {
    expect(runtime.time.pendingTimers).toBe(0);
  });
});

describe('a once-only handler on a database', () => {
  // Renewed three times in it, also on a busy machine.
  const world = { leaseMs: 1_200, pass: sleep };
  const timeout = '20s';
  let folder: string;
  let servers: readonly Server[];
  let sqlite: ReturnType<typeof sqliteStore>;
  let redis: Store;
  let postgres: ReturnType<typeof postgresStore>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-once-'));
    servers = [await startRedis(), await startPostgres()];
    sqlite = sqliteStore({ file: join(folder, 'records.db') });
    redis = redisStore({ url: servers[0]!.url, timeout });
    postgres = postgresStore({ url: servers[1]!.url, timeout });
  });

  afterAll(async () => {
    for (const each of [sqlite, redis, postgres]) await each.close();
    for (const server of servers) await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  describe('of SQLite', () => describeOnce({ ...world, store: () => sqlite }));
  describe('of Redis', () => describeOnce({ ...world, store: () => redis }));
  describe('of PostgreSQL', () => {
    describeOnce({ ...world, store: () => postgres });
    describeOnceInTransaction(() => postgres);
  });
});

describe('a once-only handler', () => {
  it('gives its lease up when the store is away for too long, and not for a moment', async () => {
    let away = false;
    const shaky: typeof store = {
      ...store,
      write: (...args) => (away ? Promise.reject(new Error('away')) : store.write(...args)),
    };
    const { work, claims, finish } = held();
    const running = handler({ store: shaky }).run(request, work);
    await runtime.time.advance(500);
    away = true;
    await runtime.time.advance(1_000);
    away = false;
    await runtime.time.advance(5_000);
    expect(claims[0]!.signal.aborted).toBe(false);
    away = true;
    await runtime.time.advance(5_000);
    expect(claims[0]!.signal.aborted).toBe(true);
    finish('x');
    await expect(running).rejects.toThrow('away');
  });

  it('keeps its lease when a renewal was done but its answer was lost', async () => {
    let lose = false;
    const lossy: typeof store = {
      ...store,
      async write(...args) {
        const result = await store.write(...args);
        if (lose) throw new Error('reply lost');
        return result;
      },
    };
    const { work, finish } = held();
    const running = handler({ store: lossy }).run(request, work);
    await runtime.time.advance(500);
    lose = true;
    await runtime.time.advance(1_000);
    lose = false;
    finish('done');
    expect(await running).toEqual({ reply: 'done', replayed: false });
  });

  it('drives work again whose reply tells of a failure', async () => {
    const isFailure = (reply: unknown) => (reply as { status: number }).status === 503;
    const driving = handler({ isFailure });
    expect((await driving.run(request, () => ({ status: 503 }))).reply).toEqual({ status: 503 });
    expect((await driving.run(request, () => ({ status: 200 }))).reply).toEqual({ status: 200 });
    const replaying = handler({ isFailure, failures: 'replay', scope: 'replaying' });
    await replaying.run(request, () => ({ status: 503 }));
    expect((await replaying.run(request, never)).replayed).toBe(true);
  });

  it('remembers an outcome for as long as it was told, to the millisecond', async () => {
    const short = handler({ keep: '1h' });
    await short.run(request, () => 'first');
    await runtime.time.advance(3_599_999);
    expect((await short.run(request, never)).reply).toBe('first');
    await runtime.time.advance(1);
    expect((await short.run(request, () => 'second')).reply).toBe('second');
  });

  it('refuses options and requests that cannot be right', async () => {
    expect(() => handler({ scope: '' })).toThrow('scope');
    expect(() => handler({ lease: '1ms' })).toThrow('lease');
    expect(() => handler({ failures: 'never' as 'replay' })).toThrow('failures');
    expect(() => handler({ store: undefined as never })).toThrow('store');
    for (const bad of [
      { key: '' },
      { key: 'x'.repeat(256) },
      { fingerprint: '' },
      { tenant: 'x'.repeat(129) },
    ]) {
      await expect(handler().run({ ...request, ...bad }, never)).rejects.toMatchObject({
        code: 'OPTIONS_INVALID',
      });
    }
  });
});

describe('a once-only answer over HTTP', () => {
  const post = { method: 'POST', path: '/charges', key: '"k-1"', body: '{"amount":7}' };
  const answer = (changed: object, work: () => HttpReply | Promise<HttpReply>) =>
    answerOnce({ ...post, ...changed }, (request) => (handler() as never as Http).run(request, work));
  type Http = { run: ReturnType<typeof once<HttpReply>>['run'] };

  it('is the reply, and the same reply marked as played back', async () => {
    const reply = { status: 201, headers: { location: '/charges/1' }, body: { id: 1 } };
    expect(await answer({}, () => reply)).toEqual(reply);
    expect(await answer({ key: 'k-1' }, never)).toEqual({
      ...reply,
      headers: { location: '/charges/1', 'idempotent-replayed': 'true' },
    });
  });

  it('is 400 without a key, 422 for another request, 409 while the first is at work', async () => {
    const missing = await answer({ key: undefined }, never);
    expect(missing).toMatchObject({
      status: 400,
      headers: { 'content-type': 'application/problem+json' },
      body: { type: 'urn:seaworthy:idempotency-key-invalid', status: 400 },
    });
    const { work, finish } = held<HttpReply>();
    const first = answer({}, work as () => Promise<HttpReply>);
    while (runtime.time.pendingTimers === 0 && runtime.time.nextTimerAt === undefined)
      await runtime.time.advance(0);
    expect(await answer({}, never)).toMatchObject({ status: 409, headers: { 'retry-after': '1' } });
    expect(await answer({ body: '{"amount":8}' }, never)).toMatchObject({ status: 422 });
    finish({ status: 201 });
    expect((await first).status).toBe(201);
  });

  it('throws what is no matter of keys', async () => {
    await expect(answer({}, () => Promise.reject(new Error('own')))).rejects.toThrow('own');
  });
});
