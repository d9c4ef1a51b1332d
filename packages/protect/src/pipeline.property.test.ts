/** Whatever is composed, whatever the work and the callers do: nothing is lost, nothing is left, nothing happens twice. */
import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adaptiveLimit } from './policies/adaptive-limit/index.ts';
import type { Bulkhead } from './policies/bulkhead/index.ts';
import { bulkhead } from './policies/bulkhead/index.ts';
import { cache } from './policies/cache/index.ts';
import { CircuitBreaker, circuitBreaker } from './policies/circuit-breaker/index.ts';
import { coalesce } from './policies/coalesce/index.ts';
import { deadline } from './policies/deadline/index.ts';
import { fallback } from './policies/fallback/index.ts';
import { hedge } from './policies/hedge/index.ts';
import { inject } from './policies/inject/index.ts';
import { loadShed, type LoadShedder } from './policies/load-shed/index.ts';
import { rateLimit } from './policies/rate-limit/index.ts';
import { exponential, retry } from './policies/retry/index.ts';
import { throttle } from './policies/throttle/index.ts';
import { timeout } from './policies/timeout/index.ts';
import type { Policy } from './kernel/layer.ts';
import { pipeline } from './pipeline.ts';
import { virtualRuntime, type VirtualRuntime } from './testing/index.ts';

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown) => unhandled.push(reason);
beforeAll(() => void process.on('unhandledRejection', onUnhandled));
afterAll(() => void process.off('unhandledRejection', onUnhandled));

/** A user's own function, which may be broken. */
const judges: readonly ((outcome: unknown) => boolean)[] = [
  (outcome) => outcome instanceof Error,
  (outcome) => {
    if (outcome === 'again' || outcome === 'plain') throw new Error('judged badly');
    return outcome instanceof Error;
  },
  () => {
    throw new Error('judged badly');
  },
];
const anyJudge = fc.constantFrom(...judges);

const anyPolicy: fc.Arbitrary<Policy> = fc.oneof(
  fc.integer({ min: 1, max: 60 }).map((ms) => timeout(ms)),
  fc.integer({ min: 1, max: 80 }).map((ms) => deadline(ms)),
  fc
    .record({
      attempts: fc.integer({ min: 1, max: 4 }),
      base: fc.integer({ min: 0, max: 10 }),
      budget: fc.boolean(),
    })
    .map(({ attempts, base, budget }) =>
      retry({
        attempts,
        backoff: exponential({ base, max: 50 }),
        ...(budget ? { budget: 0.5 } : {}),
        onResult: (value) => value === 'again',
      }),
    ),
  fc
    .record({
      consecutive: fc.boolean(),
      slow: fc.boolean(),
      ramp: fc.integer({ min: 0, max: 20 }),
      probes: fc.integer({ min: 1, max: 2 }),
      probeFailures: fc.integer({ min: 0, max: 1 }),
      isFailure: anyJudge,
      isFailureResult: anyJudge,
    })
    .map(({ consecutive, slow, ...rest }) =>
      circuitBreaker({
        ...(consecutive
          ? { consecutiveFailures: 2 }
          : { failureRate: 0.5, minimumCalls: 3, window: { calls: 5 } }),
        ...(slow ? { slowCallRate: 0.5, slowCall: 15 } : {}),
        openFor: 10,
        ...rest,
      }),
    ),
  fc
    .record({
      concurrency: fc.integer({ min: 1, max: 3 }),
      queue: fc.integer({ min: 0, max: 4 }),
      order: fc.constantFrom('fifo', 'adaptive-lifo', 'priority', 'fair'),
      abandoned: fc.constantFrom('release', 'hold'),
      queueTimeout: fc.constantFrom(5, 1_000),
    } as const)
    .map((options) => bulkhead(options)),
  fc
    .integer({ min: 1, max: 4 })
    .map((concurrency) => loadShed({ concurrency, queue: 3, target: 5, interval: 20 })),
  fc.integer({ min: 1, max: 5 }).map((limit) => rateLimit({ limit, per: 20, maxWait: 15 })),
  fc.constant(fallback('fallback')),
  fc.constant(fallback((error) => Promise.reject(error))),
  fc.constant(cache({ ttl: 10, staleWhileRevalidate: 10, staleIfError: 30 })),
  fc.constant(coalesce()),
  fc
    .record({
      after: fc.integer({ min: 0, max: 40 }),
      attempts: fc.integer({ min: 2, max: 4 }),
      tight: fc.boolean(),
    })
    .map(({ after, attempts, tight }) => hedge({ after, attempts, budget: tight ? 0.2 : attempts })),
  fc
    .record({
      at: fc.constantFrom('request', 'reply'),
      rate: fc.constantFrom(0.3, 1),
      error: fc.boolean(),
    } as const)
    .map(({ at, rate, error }) =>
      inject({ id: 'f', at, rate, ...(error ? { effect: 'error' } : { effect: 'latency', delay: 20 }) }),
    ),
  anyJudge.map((isRejectedResult) => throttle({ k: 1, window: 100, minimumCalls: 2, isRejectedResult })),
  fc
    .record({
      algorithm: fc.constantFrom('vegas', 'gradient2', 'aimd', 'envoy-gradient', 'pid'),
      initial: fc.integer({ min: 1, max: 3 }),
      queue: fc.integer({ min: 0, max: 3 }),
      queueTimeout: fc.constantFrom(5, 1_000),
      isDropped: anyJudge,
      isDroppedResult: anyJudge,
    } as const)
    .map((options) => adaptiveLimit({ ...options, window: 20, most: 5 })),
);

type Behaviour = 'value' | 'plain' | 'throw' | 'reject' | 'again' | 'obeys' | 'ignores';

const anyCall = fc.record({
  at: fc.integer({ min: 0, max: 120 }),
  takes: fc.integer({ min: 0, max: 70 }),
  does: fc.constantFrom<Behaviour>('value', 'plain', 'throw', 'reject', 'again', 'obeys', 'ignores'),
  abortAfter: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined, freq: 3 }),
  abortInside: fc.boolean(),
  cacheKey: fc.constantFrom(undefined, 'a', 'b'),
  tenant: fc.constantFrom('x', 'y'),
  criticality: fc.constantFrom(undefined, 'CRITICAL_PLUS', 'SHEDDABLE'),
});
type PlannedCall = typeof anyCall extends fc.Arbitrary<infer T> ? T : never;

test('every call settles once, and gives back all it took', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyPolicy, { maxLength: 6 }),
      fc.array(anyCall, { minLength: 1, maxLength: 12 }),
      fc.integer(),
      async (policies, calls, seed) => {
        unhandled.length = 0;
        const runtime = virtualRuntime(seed);
        const line = pipeline('any', policies, { idempotent: true, runtime });
        let running = 0;
        const settled = calls.map(() => 0);
        const controllers = calls.map(() => new AbortController());

        const work = (call: PlannedCall, index: number) => (attempt: { signal: AbortSignal }) => {
          if (call.abortInside && call.abortAfter === 0) controllers[index]!.abort('inside');
          if (call.does === 'plain') return 'plain';
          if (call.does === 'throw') throw new Error('thrown');
          running++;
          return new Promise<unknown>((resolve, reject) => {
            let ended = false;
            const end = (settle: () => void) => () => {
              if (ended) return;
              ended = true;
              running--;
              if (call.does === 'obeys') attempt.signal.removeEventListener('abort', onAbort);
              settle();
            };
            const timer = runtime.time.set(
              end(() => (call.does === 'reject' ? reject(new Error('rejected')) : resolve(call.does))),
              call.takes,
            );
            const onAbort = () => {
              timer.cancel();
              end(() => reject(attempt.signal.reason))();
            };
            if (call.does === 'obeys') attempt.signal.addEventListener('abort', onAbort);
          });
        };

        for (const [index, call] of calls.entries()) {
          runtime.time.set(() => {
            const { signal } = controllers[index]!;
            const { cacheKey, tenant, criticality } = call;
            const options = {
              cacheKey,
              tenant,
              criticality,
              ...(call.abortAfter === undefined ? {} : { signal }),
            };
            const done = () => settled[index]!++;
            line.run(work(call, index), options).then(done, done);
            if (call.abortAfter !== undefined)
              runtime.time.set(() => controllers[index]!.abort('outside'), call.abortAfter);
          }, call.at);
        }
        await runtime.time.advance(10_000);

        expect(settled).toEqual(calls.map(() => 1));
        const ends = ['call.succeeded', 'call.failed', 'call.cancelled'] as const;
        expect(ends.flatMap((type) => runtime.recorder.of(type))).toHaveLength(calls.length);
        for (const { signal } of controllers) expect(getEventListeners(signal, 'abort')).toEqual([]);
        expect(running).toBe(0);
        expect(line.running).toBe(0);
        expect(runtime.time.pendingTimers).toBe(0);
        for (const policy of policies) expectAtRest(line.machine(policy), runtime.time.now());
        expect(unhandled).toEqual([]);
        await line.close();
      },
    ),
    { numRuns: 1_000 },
  );
}, 60_000);

function expectAtRest(machine: unknown, now: number): void {
  // A breaker that has lost the place of a probe would let nobody pass until that one's time is over.
  if (machine instanceof CircuitBreaker) expect(machine.tryAcquire(now)).toBeDefined();
  const places = machine as Partial<Bulkhead & LoadShedder> | undefined;
  expect(places?.running ?? 0).toBe(0);
  expect(places?.waiting ?? 0).toBe(0);
}

test('retries never go past their budget', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0, max: 0.5, noNaN: true }),
      fc.integer({ min: 1, max: 300 }),
      async (budget, calls) => {
        const runtime = virtualRuntime();
        const line = pipeline('b', [retry({ attempts: 5, backoff: () => 1, budget })], {
          idempotent: true,
          runtime,
        });
        let attempts = 0;
        const work = () => {
          attempts++;
          return Promise.reject(new Error('no'));
        };
        const running = Array.from({ length: calls }, () => line.run(work).catch(() => {}));
        await runtime.time.advance(1_000);
        await Promise.all(running);
        expect(attempts - calls).toBeLessThanOrEqual(10 + budget * calls + 1e-6);
      },
    ),
    { numRuns: 50 },
  );
});

test('a bulkhead never runs more than it may', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.record({ at: fc.nat(50), takes: fc.nat(30) }), { maxLength: 40 }),
      async (concurrency, calls) => {
        const runtime: VirtualRuntime = virtualRuntime();
        const line = pipeline('b', [bulkhead({ concurrency, queue: 100 })], { runtime });
        let running = 0;
        let most = 0;
        let done = 0;
        for (const { at, takes } of calls) {
          runtime.time.set(() => {
            void line.run(async () => {
              most = Math.max(most, ++running);
              await new Promise<void>((resolve) => runtime.time.set(resolve, takes));
              running--;
              done++;
            });
          }, at);
        }
        await runtime.time.advance(10_000);
        expect(most).toBeLessThanOrEqual(concurrency);
        expect(done).toBe(calls.length);
      },
    ),
    { numRuns: 100 },
  );
});
