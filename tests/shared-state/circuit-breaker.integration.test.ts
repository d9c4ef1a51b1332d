import { setTimeout as sleep } from 'node:timers/promises';
import { pipeline } from '@seaworthy/protect';
import { sharedCircuitBreaker, type SharedCircuitBreakerOptions } from '@seaworthy/protect/shared';
import { virtualRuntime } from '@seaworthy/protect/testing';
import { memoryStore } from '@seaworthy/stores/memory';
import { redisStore } from '@seaworthy/stores/redis';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startRedis } from '../servers/redis.ts';
import { startProcess } from './process.ts';
import { UnsteadyStore } from './unsteady-store.ts';

/** Processes with a breaker each, under one virtual time and on one store, each by a way of its own. */
function setUp(
  processes: number,
  options: Partial<SharedCircuitBreakerOptions> = {},
  delayMsMax = 0,
  seed = 1,
) {
  const runtime = virtualRuntime(seed);
  const { time } = runtime;
  const store = memoryStore({ clock: time });
  const pace = { delayMsMax };
  const all = Array.from({ length: processes }, () => {
    const delay = () =>
      new Promise<void>((resolve) => void time.set(resolve, runtime.random() * pace.delayMsMax));
    const way = new UnsteadyStore(store, delayMsMax > 0 ? delay : undefined);
    const policy = sharedCircuitBreaker({
      store: way,
      name: 'inventory',
      consecutiveFailures: 3,
      openFor: '10s',
      poll: '1s',
      ...options,
    });
    const line = pipeline('inventory', [policy], { runtime });
    const machine = line.machine(policy);
    const call = (works: boolean) =>
      line
        .run(() => (works ? 'ok' : Promise.reject(new Error('no'))))
        .catch((error: Error & { code?: string }) => error.code ?? error.message);
    const fail = async () => {
      for (let n = 0; n < 3; n++) await call(false);
    };
    return { way, line, machine, call, fail };
  });
  /** Longer than any poll takes to come. */
  const polled = () => time.advance(1_300);
  const states = () => all.map(({ machine }) => machine.state);
  return { runtime, time, store, pace, all, a: all[0]!, b: all[1]!, polled, states };
}

describe('a shared circuit breaker', () => {
  it('that opens in one process opens in the others, for as long, without a call to the store on the way', async () => {
    const { a, all, polled, states, time, runtime } = setUp(3);
    await time.advance(100);
    await a.fail();
    expect(states()).toEqual(['open', 'closed', 'closed']);
    await polled();
    expect(states()).toEqual(['open', 'open', 'open']);
    for (const { machine } of all) {
      const leftMs = machine.retryAfterMs(time.now())!;
      expect(leftMs).toBeGreaterThan(8_600);
      expect(leftMs).toBeLessThanOrEqual(8_701);
    }
    expect(await all[2]!.call(true)).toBe('CIRCUIT_OPEN');
    expect(runtime.recorder.of('circuit-breaker.opened').map(({ because }) => because)).toEqual([
      '3 calls failed in a row',
      'another process opened',
      'another process opened',
    ]);
  });

  it('that closes in one process makes the next call of each other a probe', async () => {
    const { a, b, polled, states, time } = setUp(2);
    await a.fail();
    await polled();
    await time.advance(10_000);
    expect(await a.call(true)).toBe('ok');
    await polled();
    expect(states()).toEqual(['closed', 'open']);
    expect(b.machine.retryAfterMs(time.now())).toBe(0);
    expect(await b.call(true)).toBe('ok');
    expect(states()).toEqual(['closed', 'closed']);
  });

  it('is not closed by others while its time runs, and is when its own process closes it by hand', async () => {
    const { a, b, polled, states, time } = setUp(2);
    await a.fail();
    await polled();
    b.machine.reset(time.now());
    await polled();
    expect(states()).toEqual(['open', 'closed']);
    a.machine.reset(time.now());
    await a.fail();
    await polled();
    expect(states()).toEqual(['open', 'open']);
    a.machine.reset(time.now());
    await polled();
    expect(await b.call(true)).toBe('ok');
  });

  it('only makes the others probe, where they are told to trust what they see', async () => {
    const { a, b, polled, time } = setUp(2, { onOpened: 'probe' });
    await a.fail();
    await polled();
    expect(await b.call(true)).toBe('ok');
    expect(b.machine.state).toBe('closed');
    await polled();
    // What works from there is no reason to probe more often from here.
    expect(a.machine.retryAfterMs(time.now())).toBeGreaterThan(7_000);
    expect(await a.call(true)).toBe('CIRCUIT_OPEN');
  });

  it('is isolated, and reset, by hand for all', async () => {
    const { a, b, polled, states, time } = setUp(3);
    a.machine.isolate(time.now());
    await polled();
    expect(states()).toEqual(['isolated', 'isolated', 'isolated']);
    await time.advance(3_600_000);
    expect(await b.call(true)).toBe('CIRCUIT_OPEN');
    b.machine.reset(time.now());
    await polled();
    expect(states()).toEqual(['closed', 'closed', 'closed']);
  });

  it('tells a process that comes later', async () => {
    const { a, store, time, runtime } = setUp(1);
    await a.fail();
    await time.advance(2_000);
    const policy = sharedCircuitBreaker({ store, name: 'inventory' });
    const late = pipeline('late', [policy], { runtime });
    await time.advance(10);
    expect(late.machine(policy).state).toBe('open');
    expect(late.machine(policy).retryAfterMs(time.now())).toBeLessThanOrEqual(8_000);
  });

  it('ignores what is published late, from before what others published since', async () => {
    const { a, b, polled, states, time } = setUp(3);
    await polled();
    a.way.state = 'held';
    // The opening stays under way for longer than it lasts; meanwhile another opens, and closes again.
    await a.fail();
    await time.advance(500);
    a.way.state = 'cut';
    await b.fail();
    await time.advance(12_000);
    expect(await b.call(true)).toBe('ok');
    await polled();
    a.way.release();
    await polled();
    expect(states().slice(1)).toEqual(['closed', 'open']);
    await time.advance(20_000);
    expect(await a.call(true)).toBe('ok');
    expect(await b.call(true)).toBe('ok');
  });

  it('does not publish an opening whose time was over before the store could be reached', async () => {
    const { a, b, time, store } = setUp(2);
    a.way.state = 'cut';
    await a.fail();
    await time.advance(30_000);
    a.way.state = 'up';
    await time.advance(5_000);
    expect(await store.read('breaker/inventory')).toBeUndefined();
    expect(b.machine.state).toBe('closed');
  });

  it('goes by itself while the store is away, and tells what still holds when it is back', async () => {
    const { a, b, time, states, runtime } = setUp(2);
    a.way.state = 'cut';
    b.way.state = 'cut';
    await time.advance(2_000);
    await a.fail();
    expect(await a.call(true)).toBe('CIRCUIT_OPEN');
    expect(await b.call(true)).toBe('ok');
    await time.advance(4_000);
    expect(states()).toEqual(['open', 'closed']);
    a.way.state = 'up';
    b.way.state = 'up';
    await time.advance(3_000);
    expect(states()).toEqual(['open', 'open']);
    expect(b.machine.retryAfterMs(time.now())).toBeLessThanOrEqual(3_000);
    expect(runtime.recorder.of('shared-state.lost')).toHaveLength(2);
    expect(runtime.recorder.of('shared-state.regained')).toHaveLength(2);
  });

  it('says no more once its pipeline is closed, also where another was faster', async () => {
    const { a, b, time } = setUp(2);
    await time.advance(100);
    a.way.state = 'held';
    await a.fail();
    await b.fail();
    await time.advance(200);
    await a.line.close();
    a.way.release();
    await time.advance(10);
    const { calls } = a.way;
    await time.advance(60_000);
    expect(a.way.calls).toBe(calls);
  });

  it('leaves a process that hangs no hold over the others, and needs no timer that keeps one alive', async () => {
    const { a, b, polled, states, time } = setUp(2);
    b.way.state = 'held';
    await a.fail();
    await time.advance(30_000);
    expect(await b.call(true)).toBe('ok');
    expect(time.pendingTimers).toBe(0);
    b.way.release();
    await polled();
    expect(states()[1]).toBe('closed');
    await a.line.close();
    const reads = b.way.calls;
    await b.line.close();
    await time.advance(10_000);
    expect(b.way.calls).toBe(reads);
  });

  it('is in the end what was published last, in every process, whatever was cut, slow or late', async () => {
    const anyDeed = fc.record({
      process: fc.nat(2),
      at: fc.nat(30_000),
      what: fc.constantFrom('fail', 'work', 'isolate', 'reset', 'cut', 'join'),
    } as const);
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyDeed, { maxLength: 30 }),
        fc.constantFrom(0, 50, 1_200),
        fc.integer(),
        async (deeds, delayMsMax, seed) => {
          const { all, time, store, pace, states } = setUp(3, { openFor: '3s' }, delayMsMax, seed);
          for (const { process, at, what } of deeds) {
            const { way, machine, call, fail } = all[process]!;
            time.set(() => {
              if (what === 'fail') void fail();
              else if (what === 'work') void call(true);
              else if (what === 'isolate') machine.isolate(time.now());
              else if (what === 'reset') machine.reset(time.now());
              else way.state = what === 'cut' ? 'cut' : 'up';
            }, at);
          }
          await time.advance(30_001);
          for (const { way } of all) way.state = 'up';
          pace.delayMsMax = 10;
          await time.advance(15_000);
          const last = await store.read('breaker/inventory');
          const isIsolated = last?.value.includes('"isolated"') === true;
          expect(states().map((state) => state === 'isolated')).toEqual([isIsolated, isIsolated, isIsolated]);
          if (isIsolated) return;
          // Nothing is left that keeps a call from finding out that all is well.
          for (const { call } of all) expect(await call(true)).toBe('ok');
          await time.advance(5_000);
          for (const { call } of all) expect(await call(true)).toBe('ok');
          expect(states()).toEqual(['closed', 'closed', 'closed']);
          for (const { line } of all) await line.close();
        },
      ),
      { numRuns: 500 },
    );
  });

  it('refuses options that cannot be right', () => {
    const store = memoryStore();
    expect(() => sharedCircuitBreaker({ store: {} as never })).toThrow('store');
    expect(() => sharedCircuitBreaker({ store, poll: 1 })).toThrow('poll');
    expect(() => sharedCircuitBreaker({ store, failureRate: 2 })).toThrow('failureRate');
    expect(() => sharedCircuitBreaker({ store, rate: 2 } as never)).toThrow('rate');
  });
});

describe('a circuit breaker shared through Redis', () => {
  it('opens here when it opens in another process, outlasts that process, and is isolated in all by hand', async () => {
    await using redis = await startRedis({ appendonly: 'no' });
    await using store = redisStore({ url: redis.url, timeout: '20s' });
    const others = [
      await startProcess('failing-calls.ts', { url: redis.url }),
      await startProcess('failing-calls.ts', { url: redis.url }),
    ];
    const breaker = sharedCircuitBreaker({ store, poll: 100, timeout: '20s' });
    const line = pipeline('shared', [breaker]);
    const machine = line.machine(breaker);
    const becomes = async (state: string) => {
      while (machine.state !== state) await sleep(20);
    };
    try {
      expect(await line.run(() => 'ok')).toBe('ok');
      const opened = others[0]!.hear('state');
      others[0]!.tell('fail');
      expect(await opened).toBe('open');
      await becomes('open');
      await others[0]!.kill();
      expect(machine.retryAfterMs(performance.now())).toBeGreaterThan(60_000);
      await expect(line.run(() => 'ok')).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
      machine.isolate(performance.now());
      const heard = others[1]!.hear('state');
      others[1]!.tell('wait');
      expect(await heard).toBe('isolated');
    } finally {
      await line.close();
      for (const other of others) await other.kill();
    }
  });
});
