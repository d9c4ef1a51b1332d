import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pipeline } from '../pipeline.ts';
import { virtualRuntime } from '../testing/index.ts';
import { VirtualLimits } from './fixtures/virtual-limits.ts';
import { sharedRateLimit } from './shared-rate-limit.ts';

const anyDay = fc.record({
  limit: fc.integer({ min: 1, max: 200 }),
  burst: fc.integer({ min: 1, max: 100 }),
  leaseMs: fc.integer({ min: 10, max: 300 }),
  delayMs: fc.double({ min: 0, max: 20, noNaN: true }),
  /** For each process, phases of calls at an even pace. */
  processes: fc.array(
    fc.array(
      fc.record({ pauseMs: fc.nat(300), calls: fc.integer({ min: 1, max: 80 }), everyMs: fc.nat(20) }),
      { maxLength: 4 },
    ),
    { minLength: 1, maxLength: 4 },
  ),
});
type Day = typeof anyDay extends fc.Arbitrary<infer T> ? T : never;

/** Lives through a day; returns when each call passed. */
async function live(day: Day, mode: 'strict' | 'leased') {
  const runtime = virtualRuntime();
  const { time } = runtime;
  const store = new VirtualLimits(time);
  store.delayMs = day.delayMs;
  const { limit, burst, leaseMs } = day;
  const passedAt: number[] = [];
  let settled = 0;
  let calls = 0;
  for (const phases of day.processes) {
    const timeout = mode === 'strict' ? 5_000 : leaseMs;
    const shared = { limit, burst, store, name: 'day', whenDown: 'closed' } as const;
    const policy = sharedRateLimit({ ...shared, mode, lease: leaseMs, timeout });
    const line = pipeline('p', [policy], { runtime });
    let at = 0;
    for (const { pauseMs, calls: count, everyMs } of phases) {
      at += pauseMs;
      for (let n = 0; n < count; n++) {
        calls++;
        time.set(
          () => {
            const done = () => settled++;
            line.run(() => void passedAt.push(time.now())).then(done, done);
          },
          at + n * everyMs,
        );
      }
      at += count * everyMs;
    }
  }
  await time.advance(20_000);
  expect(settled).toBe(calls);
  return { passedAt, granted: store.granted.get('') ?? 0, emissionMs: 1_000 / limit };
}

/** The most by which any window has more calls than the bucket allows in that window. */
function excess(passedAt: readonly number[], burst: number, emissionMs: number, slackMs: number): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let first = 0; first < passedAt.length; first++) {
    for (let last = first; last < passedAt.length; last++) {
      const windowMs = passedAt[last]! - passedAt[first]! + slackMs;
      most = Math.max(most, last - first + 1 - burst - windowMs / emissionMs);
    }
  }
  return most;
}

test('strict: every permit that was granted let one call pass, and no other passed', async () => {
  await fc.assert(
    fc.asyncProperty(anyDay, async (day) => {
      const { passedAt, granted } = await live(day, 'strict');
      expect(passedAt).toHaveLength(granted);
    }),
    { numRuns: 150 },
  );
}, 60_000);

test('strict: no window of any length has more calls than the limit allows, but for the way of the answers', async () => {
  await fc.assert(
    fc.asyncProperty(anyDay, async (day) => {
      const { passedAt, emissionMs } = await live(day, 'strict');
      // All answers take the same way back, so what passes is what the store counted, later.
      expect(excess(passedAt, day.burst, emissionMs, 0)).toBeLessThan(1e-3);
    }),
    { numRuns: 150 },
  );
}, 60_000);

test('leased: no window has more calls than the limit allows in it and one lease', async () => {
  await fc.assert(
    fc.asyncProperty(anyDay, async (day) => {
      const { passedAt, granted, emissionMs } = await live(day, 'leased');
      expect(passedAt.length).toBeLessThanOrEqual(granted);
      expect(excess(passedAt, day.burst, emissionMs, day.leaseMs)).toBeLessThan(1e-3);
    }),
    { numRuns: 300 },
  );
}, 60_000);

test('every call settles once and in time, whatever the store and the callers do', async () => {
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown) => unhandled.push(reason);
  process.on('unhandledRejection', onUnhandled);
  const anyCall = fc.record({
    at: fc.nat(3_000),
    abortsAfter: fc.option(fc.nat(80), { nil: undefined }),
    tenant: fc.constantFrom(undefined, 'a', 'b'),
  });
  const anyOutage = fc.record({
    at: fc.nat(3_000),
    lastsMs: fc.nat(1_500),
    state: fc.constantFrom('failing', 'silent'),
  } as const);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('strict', 'leased'),
      fc.constantFrom('open', 'closed', 'local'),
      fc.array(anyCall, { minLength: 1, maxLength: 80 }),
      fc.array(anyOutage, { maxLength: 3 }),
      async (mode, whenDown, calls, outages) => {
        const runtime = virtualRuntime();
        const { time } = runtime;
        const store = new VirtualLimits(time);
        store.delayMs = 5;
        const key = ({ tenant }: { tenant?: string | undefined }) => tenant;
        const policy = sharedRateLimit({ limit: 20, store, mode, whenDown, key, timeout: 50, maxKeys: 2 });
        const line = pipeline('p', [policy], { runtime });
        let settled = 0;
        let longestMs = 0;
        for (const { at, abortsAfter, tenant } of calls) {
          time.set(() => {
            const caller = new AbortController();
            if (abortsAfter !== undefined) time.set(() => caller.abort('left'), abortsAfter);
            const done = () => {
              settled++;
              longestMs = Math.max(longestMs, time.now() - at);
            };
            line.run(() => 'ok', { signal: caller.signal, tenant }).then(done, done);
          }, at);
        }
        for (const { at, lastsMs, state } of outages) {
          time.set(() => (store.state = state), at);
          time.set(() => (store.state = 'up'), at + lastsMs);
        }
        await time.advance(60_000);
        expect(settled).toBe(calls.length);
        // One question under way, and one's own.
        expect(longestMs).toBeLessThanOrEqual(102);
        expect(time.pendingTimers).toBe(0);
        expect(unhandled).toEqual([]);
        // A store that is up again is found by those who call.
        for (let n = 0; n < 40 && !line.machine(policy).storeIsUp; n++) {
          void line.run(() => 'ok').catch(() => {});
          await time.advance(100);
        }
        expect(line.machine(policy).storeIsUp).toBe(true);
        await line.close();
      },
    ),
    { numRuns: 200 },
  );
  process.off('unhandledRejection', onUnhandled);
}, 60_000);
