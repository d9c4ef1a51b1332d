import { describe, expect, test } from 'vitest';
import { pipeline } from '../pipeline.ts';
import { virtualRuntime } from '../testing/index.ts';
import { VirtualLimits } from './fixtures/virtual-limits.ts';
import { sharedRateLimit, type SharedRateLimitOptions } from './shared-rate-limit.ts';

type Chosen = Partial<SharedRateLimitOptions>;

/** Pipelines of several processes, on one store. */
function setUp(options: Chosen = {}, processes = 1) {
  const runtime = virtualRuntime();
  const store = new VirtualLimits(runtime.time);
  const policy = sharedRateLimit({ limit: 10, per: '1s', store, name: 'orders', ...options });
  const lines = Array.from({ length: processes }, (_, n) => pipeline(`process-${n}`, [policy], { runtime }));
  const line = lines[0]!;
  /** What a call comes to: `ok`, the code of its error, or the reason for which it was aborted. */
  const call = (of = line, options = {}) =>
    of
      .run(() => 'ok', options)
      .catch((error: string | { code: string }) => (typeof error === 'string' ? error : error.code));
  return { runtime, time: runtime.time, store, policy, lines, line, call };
}

const many = async (time: { advance(ms: number): Promise<void> }, calls: Promise<string>[], ms = 50) => {
  await time.advance(ms);
  const outcomes = await Promise.all(calls);
  return {
    ok: outcomes.filter((o) => o === 'ok').length,
    limited: outcomes.filter((o) => o === 'RATE_LIMITED').length,
  };
};

describe.each(['strict', 'leased'] as const)('a shared rate limit, %s', (mode) => {
  test('admits in all processes together what the limit allows', async () => {
    const { time, lines, call } = setUp({ mode }, 3);
    const calls = lines.flatMap((line) => Array.from({ length: 10 }, () => call(line)));
    expect(await many(time, calls)).toEqual({ ok: 10, limited: 20 });
  });

  test('tells when to come again, and is right', async () => {
    const { time, line, call } = setUp({ mode });
    await many(
      time,
      Array.from({ length: 10 }, () => call()),
    );
    const refused = line.run(() => 'ok').catch((error: unknown) => error);
    await time.advance(2);
    const { retryAfterMs } = (await refused) as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(100);
    await time.advance(retryAfterMs);
    const again = call();
    await time.advance(2);
    expect(await again).toBe('ok');
  });

  test('counts each key by itself', async () => {
    const { time, line, call } = setUp({ mode, key: ({ tenant }) => tenant });
    const calls = ['a', 'b', undefined].flatMap((tenant) =>
      Array.from({ length: 12 }, () => call(line, { tenant })),
    );
    expect(await many(time, calls)).toEqual({ ok: 30, limited: 6 });
  });

  test('a call that is aborted while it waits gives its permit to the next', async () => {
    const { time, line, call, store } = setUp({ mode, limit: 1, per: '1h' });
    const controller = new AbortController();
    const first = call(line, { signal: controller.signal });
    const second = call();
    controller.abort('left');
    await time.advance(5);
    expect(await Promise.all([first, second])).toEqual(['left', 'ok']);
    expect(store.granted.get('')).toBe(1);
  });

  test('asks for many in few round trips', async () => {
    const { time, store, call } = setUp({ mode, limit: 1_000 });
    for (let n = 0; n < 100; n++) {
      for (let i = 0; i < 5; i++) void call();
      await time.advance(0.2);
    }
    await time.advance(10);
    // 20 ms at 2 ms a round trip, each waited for by those who come meanwhile.
    expect(store.roundTrips).toBeLessThanOrEqual(12);
  });

  test.each([
    ['open', { ok: 30, limited: 0 }],
    ['closed', { ok: 0, limited: 30 }],
    ['local', { ok: 10, limited: 20 }],
  ] as const)('a store that fails: %s', async (whenDown, expected) => {
    const { time, store, call, runtime } = setUp({ mode, whenDown });
    store.state = 'failing';
    const calls = Array.from({ length: 30 }, () => call());
    expect(await many(time, calls)).toEqual(expected);
    expect(runtime.recorder.of('shared-state.lost')).toMatchObject([
      { store: 'virtual', policy: 'rate-limit' },
    ]);
  });

  test('a store that is silent holds no call longer than the time limit, and only once', async () => {
    const { time, store, call, line, policy } = setUp({ mode, timeout: 40, whenDown: 'closed' });
    store.state = 'silent';
    const first = call();
    await time.advance(20);
    const second = call();
    await time.advance(20);
    expect(await Promise.all([first, second])).toEqual(['RATE_LIMITED', 'RATE_LIMITED']);
    expect(line.machine(policy).storeIsUp).toBe(false);
    const at = time.now();
    expect(await call()).toBe('RATE_LIMITED');
    expect(time.now()).toBe(at);
  });

  test('is itself again soon after the store is back, without anybody waiting for it', async () => {
    const { time, store, call, line, policy, runtime } = setUp({ mode, timeout: 40 });
    store.state = 'failing';
    void call();
    await time.advance(30_000);
    store.state = 'up';
    for (let ms = 0; ms < 3_000; ms += 10) {
      expect(await call()).toBe('ok');
      await time.advance(10);
      if (line.machine(policy).storeIsUp) break;
    }
    expect(line.machine(policy).storeIsUp).toBe(true);
    expect(runtime.recorder.of('shared-state.regained')).toHaveLength(1);
    const calls = Array.from({ length: 30 }, () => call());
    expect(await many(time, calls)).toEqual({ ok: 10, limited: 20 });
  });

  test('a store that throws instead of failing is a store that fails', async () => {
    const { time, call, line, policy, store } = setUp({ mode, whenDown: 'closed' });
    store.take = () => {
      throw new Error('not connected');
    };
    expect(await many(time, [call(), call()], 0)).toEqual({ ok: 0, limited: 2 });
    expect(line.machine(policy).storeIsUp).toBe(false);
  });

  test('lets no more calls wait than it can remember', async () => {
    const { time, call } = setUp({ mode, limit: 100_000, whenDown: 'closed' });
    const calls = Array.from({ length: 50_010 }, () => call());
    expect(await many(time, calls)).toEqual({ ok: 50_000, limited: 10 });
  });

  test('leaves no timer behind that would keep the process alive', async () => {
    const { time, line, call } = setUp({ mode });
    await many(
      time,
      Array.from({ length: 30 }, () => call()),
    );
    expect(time.pendingTimers).toBe(0);
    await line.close();
  });
});

describe('strict', () => {
  test('a call that comes alone is asked for at once, and those that come in the same turn with it', async () => {
    const { store, call } = setUp({ mode: 'strict' });
    void call();
    void call();
    await Promise.resolve();
    expect(store.roundTrips).toBe(1);
  });

  test('callers who ask again as soon as they are answered come to share every round trip, whenever they began', async () => {
    const { time, store, call } = setUp({ mode: 'strict', limit: 1_000 });
    const caller = async () => {
      for (let n = 0; n < 20; n++) expect(await call()).toBe('ok');
    };
    const callers = [caller(), caller(), caller()];
    // On their way there, on their way back, and once more there.
    for (const ms of [0.5, 1, 1]) {
      await time.advance(ms);
      callers.push(caller());
    }
    await time.advance(100);
    await Promise.all(callers);
    expect(store.roundTrips).toBeLessThanOrEqual(23);
  });
});

describe('leased', () => {
  test('decides at once, without the store, once it knows the demand', async () => {
    const { time, store, line } = setUp({ mode: 'leased', limit: 10_000 });
    let waits = 0;
    for (let ms = 0; ms < 2_000; ms++) {
      let done = false;
      void line.run(() => (done = true)).catch(() => {});
      if (!done && ms > 500) waits++;
      await time.advance(1);
    }
    expect(waits).toBe(0);
    // 2,000 calls; a round trip each 50 ms, and a few at the start.
    expect(store.roundTrips).toBeLessThan(60);
  });

  test('takes no more than it needs: what is lost is little', async () => {
    const { time, store, call } = setUp({ mode: 'leased', limit: 10_000 });
    for (let ms = 0; ms < 2_000; ms++) {
      void call();
      await time.advance(1);
    }
    expect(store.granted.get('')).toBeLessThan(2_000 * 1.06);
  });

  test('of a key with little demand nothing is taken in advance', async () => {
    const { time, store, call } = setUp({ mode: 'leased', limit: 5, per: '1h' });
    const outcomes: Promise<string>[] = [];
    for (let n = 0; n < 10; n++) {
      outcomes.push(call());
      await time.advance(1_000);
    }
    expect(await many(time, outcomes)).toEqual({ ok: 5, limited: 5 });
    expect(store.granted.get('')).toBe(5);
  });

  test('a limit that is used up is asked for some times a second, however many calls come', async () => {
    const { time, store, call } = setUp({ mode: 'leased', limit: 1_000 }, 1);
    const outcomes: Promise<string>[] = [];
    for (let ms = 0; ms < 3_000; ms++) {
      for (let i = 0; i < 5; i++) outcomes.push(call());
      await time.advance(1);
    }
    const { ok } = await many(time, outcomes);
    // The burst, and three seconds of the rate.
    expect(ok).toBeGreaterThan(3_900);
    expect(ok).toBeLessThanOrEqual(4_001);
    expect(store.roundTrips).toBeLessThan(150);
  });
});

test('refuses options that cannot be right', () => {
  const { store } = setUp();
  expect(() => sharedRateLimit({ limit: 0, store })).toThrow('limit');
  expect(() => sharedRateLimit({ limit: 1, store: {} as never })).toThrow('store');
  expect(() => sharedRateLimit({ limit: 1, store, mode: 'lax' as 'strict' })).toThrow('mode');
  expect(() => sharedRateLimit({ limit: 1, store, lease: 5 })).toThrow('lease');
  expect(() => sharedRateLimit({ limit: 1, store, rate: 1 } as never)).toThrow('rate');
});
