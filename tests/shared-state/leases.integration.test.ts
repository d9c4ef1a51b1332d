import { setTimeout as sleep } from 'node:timers/promises';
import { leases, type Lease, type Leases, type LeasesOptions } from '@seaworthy/protect/shared';
import { virtualRuntime } from '@seaworthy/protect/testing';
import { memoryStore } from '@seaworthy/stores/memory';
import { redisStore } from '@seaworthy/stores/redis';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startRedis } from '../servers/redis.ts';
import { startProcess } from './process.ts';
import { UnsteadyStore } from './unsteady-store.ts';

/** Processes that share leases, under one virtual time and on one store, each by a way of its own. */
function setUp(processes: number, options: Partial<LeasesOptions> = {}, delayMsMax = 0) {
  const runtime = virtualRuntime();
  const { time } = runtime;
  const store = memoryStore({ clock: time });
  const all = Array.from({ length: processes }, () => {
    const delay = () => new Promise<void>((resolve) => void time.set(resolve, runtime.random() * delayMsMax));
    const way = new UnsteadyStore(store, delayMsMax > 0 ? delay : undefined);
    const shared = { name: 'reports', concurrency: 2, ttl: '9s', runtime, ...options } as const;
    return { way, of: leases({ ...shared, store: way }) };
  });
  return { runtime, time, store, all, a: all[0]!, b: all[1]! };
}

const taken = { code: 'BULKHEAD_FULL' };

describe('leases', () => {
  it('are held by no more than there are, over all processes', async () => {
    const { a, b } = setUp(2);
    const first = await a.of.acquire();
    const second = await b.of.acquire();
    await expect(a.of.acquire()).rejects.toMatchObject(taken);
    await expect(b.of.acquire()).rejects.toMatchObject(taken);
    await first.release();
    const third = await b.of.acquire();
    await expect(a.of.acquire()).rejects.toMatchObject(taken);
    expect(third.token).toBeGreaterThan(second.token!);
    expect([a.of.held, b.of.held]).toEqual([0, 2]);
  });

  it('are given back when the work ends, well or not', async () => {
    const { a, b } = setUp(2, { concurrency: 1 });
    expect(await a.of.run(() => 'done')).toBe('done');
    const trouble = new Error('trouble');
    await expect(b.of.run(() => Promise.reject(trouble))).rejects.toBe(trouble);
    expect(await a.of.run(({ token }) => typeof token)).toBe('number');
  });

  it('are renewed for as long as the work takes', async () => {
    const { a, b, time } = setUp(2, { concurrency: 1 });
    const lease = await a.of.acquire();
    await time.advance(600_000);
    await expect(b.of.acquire()).rejects.toMatchObject(taken);
    expect(lease.signal.aborted).toBe(false);
    await lease.release();
    await lease.release();
    expect(a.of.held).toBe(0);
    const { calls } = a.way;
    await time.advance(60_000);
    expect(a.way.calls).toBe(calls);
    expect((await b.of.acquire()).token).toBeGreaterThan(lease.token!);
  });

  it('pass to another when their holder shows no sign of life, with a higher token, and the holder is told before', async () => {
    const { a, b, time } = setUp(2, { concurrency: 1 });
    const lease = await a.of.acquire();
    let lostAt: number | undefined;
    lease.signal.addEventListener('abort', () => (lostAt = time.now()));
    await time.advance(4_000);
    a.way.state = 'cut';
    let next: Lease | undefined;
    let nextAt = 0;
    while (next === undefined) {
      next = await b.of.acquire().catch(() => undefined);
      nextAt = time.now();
      await time.advance(10);
    }
    // The last renewal was at 3 s.
    expect(nextAt).toBeGreaterThanOrEqual(12_000);
    expect(nextAt).toBeLessThan(12_050);
    expect(lostAt).toBeLessThanOrEqual(nextAt);
    expect(lease.signal.reason).toMatchObject({
      code: 'LEASE_LOST',
      cause: { message: 'connection refused' },
    });
    expect(next.token).toBeGreaterThan(lease.token!);
    a.way.state = 'up';
    await lease.release();
    await expect(a.of.acquire()).rejects.toMatchObject(taken);
  });

  it('outlast a store that is away for less than their time', async () => {
    const { a, time } = setUp(1);
    const lease = await a.of.acquire();
    await time.advance(4_000);
    a.way.state = 'cut';
    await time.advance(5_000);
    a.way.state = 'up';
    await time.advance(60_000);
    expect(lease.signal.aborted).toBe(false);
  });

  it('are waited for, and the wait ends when one is free, when it was too long, and when the caller gives up', async () => {
    const { a, b, time } = setUp(2, { concurrency: 1, maxWait: '5s' });
    const first = await a.of.acquire();
    const patient = b.of.acquire();
    await time.advance(1_000);
    await first.release();
    await time.advance(600);
    const second = await patient;
    const inVain = a.of.acquire().catch((error: unknown) => error);
    await time.advance(4_900);
    const leaver = new AbortController();
    const left = a.of.acquire({ signal: leaver.signal }).catch((error: unknown) => error);
    await time.advance(100);
    expect(await inVain).toMatchObject(taken);
    leaver.abort('left');
    expect(await left).toBe('left');
    await second.release();
    expect(time.pendingTimers).toBe(0);
  });

  it('hand the caller’s own abort on to the work', async () => {
    const { a } = setUp(1);
    const caller = new AbortController();
    const work = a.of.run(
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
      { signal: caller.signal },
    );
    await Promise.resolve();
    setImmediate(() => caller.abort('enough'));
    await expect(work).rejects.toBe('enough');
    expect(a.of.held).toBe(0);
  });

  it('are not kept by one who gave up while the store was asked, nor renewed by one who released meanwhile', async () => {
    const { a, time, store } = setUp(1, { concurrency: 1 });
    const caller = new AbortController();
    a.way.state = 'held';
    const asked = a.of.acquire({ signal: caller.signal }).catch((error: unknown) => error);
    await time.advance(100);
    caller.abort('left');
    a.way.release();
    expect(await asked).toBe('left');
    expect(await store.scan('lease/')).toEqual([]);
    const lease = await a.of.acquire();
    await time.advance(2_900);
    a.way.state = 'held';
    await time.advance(200);
    const released = lease.release();
    a.way.release();
    await released;
    expect(await store.scan('lease/')).toEqual([]);
    const { calls } = a.way;
    await time.advance(60_000);
    expect(a.way.calls).toBe(calls);
  });

  it.each([
    ['open', 5],
    ['closed', 0],
    ['local', 2],
  ] as const)('without the store, %s', async (whenDown, given) => {
    const { a, time, runtime } = setUp(1, { whenDown });
    a.way.state = 'cut';
    const all = await Promise.all(Array.from({ length: 5 }, () => a.of.acquire().catch(() => undefined)));
    const held = all.filter((lease) => lease !== undefined);
    expect(held).toHaveLength(given);
    expect(held.every(({ token }) => token === undefined)).toBe(true);
    expect(runtime.recorder.of('shared-state.lost')).toHaveLength(1);
    for (const lease of held) await lease.release();
    a.way.state = 'up';
    await time.advance(5_000);
    await a.of.acquire().catch(() => undefined);
    await time.advance(10);
    expect(a.of.storeIsUp).toBe(true);
    expect((await a.of.acquire()).token).toBeGreaterThan(0);
  });

  it('a store that is silent holds nobody longer than the time limit', async () => {
    const { a, time } = setUp(1, { timeout: 500 });
    a.way.state = 'held';
    const first = a.of.acquire().catch((error: unknown) => error);
    await time.advance(500);
    expect(await first).toMatchObject({ ...taken, cause: { code: 'STORE_UNAVAILABLE' } });
  });

  it('work that may go on without the store keeps its place when the store comes back', async () => {
    const { a, b, time } = setUp(2, { whenDown: 'open', concurrency: 1 });
    const lease = await a.of.acquire();
    a.way.state = 'cut';
    await time.advance(60_000);
    a.way.state = 'up';
    await time.advance(5_000);
    expect(lease.signal.aborted).toBe(false);
    await expect(b.of.acquire()).rejects.toMatchObject(taken);
  });

  it('are never held by more than there are, whatever processes do', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(
          fc.record({
            process: fc.nat(2),
            at: fc.nat(4_000),
            takes: fc.nat(1_500),
            waits: fc.boolean(),
            abortsAfter: fc.option(fc.nat(1_000), { nil: undefined }),
          }),
          { maxLength: 25 },
        ),
        fc.array(fc.record({ process: fc.nat(2), at: fc.nat(4_000), lasts: fc.nat(2_000) }), {
          maxLength: 3,
        }),
        fc.constantFrom(0, 30, 150),
        async (concurrency, calls, cuts, delayMsMax) => {
          const shared = { concurrency, ttl: 600 } as const;
          const { all, time, store, runtime } = setUp(3, shared, delayMsMax);
          const patient = all.map(({ way }) =>
            leases({ ...shared, name: 'reports', store: way, maxWait: 2_000, runtime }),
          );
          let running = 0;
          let most = 0;
          const work = async ({ signal }: Lease, takes: number) => {
            most = Math.max(most, ++running);
            await new Promise<void>((resolve) => {
              const timer = time.set(resolve, takes);
              signal.addEventListener('abort', () => {
                timer.cancel();
                resolve();
              });
            });
            running--;
          };
          for (const { process, at, takes, waits, abortsAfter } of calls) {
            const of: Leases = waits ? patient[process]! : all[process]!.of;
            time.set(() => {
              const caller = new AbortController();
              if (abortsAfter !== undefined) time.set(() => caller.abort('left'), abortsAfter);
              of.run((lease) => work(lease, takes), { signal: caller.signal }).catch(() => {});
            }, at);
          }
          for (const { process, at, lasts } of cuts) {
            time.set(() => (all[process]!.way.state = 'cut'), at);
            time.set(() => (all[process]!.way.state = 'up'), at + lasts);
          }
          await time.advance(20_000);
          expect(most).toBeLessThanOrEqual(concurrency);
          expect(running).toBe(0);
          expect([...all.map(({ of }) => of.held), ...patient.map(({ held }) => held)]).toEqual([
            0, 0, 0, 0, 0, 0,
          ]);
          expect(await store.scan('lease/')).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('refuses options that cannot be right', () => {
    const store = memoryStore();
    expect(() => leases({ name: '', concurrency: 1, store })).toThrow('key');
    expect(() => leases({ name: 'x', concurrency: 0, store })).toThrow('concurrency');
    expect(() => leases({ name: 'x', concurrency: 1, store, ttl: 300, timeout: 200 })).toThrow('timeout');
    expect(() => leases({ name: 'x', concurrency: 1, store: {} as never })).toThrow('store');
  });
});

describe('a lease in Redis whose holder is killed', () => {
  it('is free after its time, and its successor has a higher token', async () => {
    await using redis = await startRedis({ appendonly: 'no' });
    await using store = redisStore({ url: redis.url, timeout: '20s' });
    const holder = await startProcess('lease-holder.ts', { url: redis.url });
    try {
      const held = holder.hear<number>('token');
      holder.tell('go');
      const token = await held;
      const shared = { name: 'killed', concurrency: 1, store, ttl: '6s', timeout: '2s' } as const;
      const here = leases({ ...shared, maxWait: '60s' });
      const impatient = leases(shared);
      // It lives on well beyond the time of a lease, which it renews.
      await sleep(8_000);
      await expect(impatient.acquire()).rejects.toMatchObject(taken);
      await holder.kill();
      const before = await store.read('lease/killed/0');
      expect(before).toBeDefined();
      const lease = await here.acquire();
      expect(lease.token).toBeGreaterThan(token);
      expect(lease.token).toBeGreaterThan(before!.version);
      await lease.release();
    } finally {
      await holder.kill();
    }
  });
});
