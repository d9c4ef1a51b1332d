/**
 * The engine against the plainest code that means the same: policies as nested async functions, one promise and one
 * signal each. Both go through the same calls under virtual time; each call must end alike, at the same moment.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Policy } from './kernel/layer.ts';
import { pipeline } from './pipeline.ts';
import { bulkhead } from './policies/bulkhead/index.ts';
import { cache } from './policies/cache/index.ts';
import { circuitBreaker } from './policies/circuit-breaker/index.ts';
import { coalesce } from './policies/coalesce/index.ts';
import { fallback } from './policies/fallback/index.ts';
import { hedge } from './policies/hedge/index.ts';
import { rateLimit } from './policies/rate-limit/index.ts';
import { retry, retryBudget } from './policies/retry/index.ts';
import { timeout } from './policies/timeout/index.ts';
import { virtualRuntime, VirtualTime } from './testing/index.ts';

interface Context {
  readonly signal: AbortSignal;
  /** When it must be done. */
  readonly limit: number;
  readonly key: string | undefined;
}

type Next = (context: Context) => Promise<unknown>;
type Naive = (time: VirtualTime) => (next: Next) => Next;

/** What a policy raises, in the naive code. */
class Raised {
  readonly code: string;

  constructor(code: string) {
    this.code = code;
  }
}

const isRefusal = (error: unknown) => error instanceof Raised && error.code !== 'TIMEOUT';

/** Ends with `promise`, or at once with the reason of the signal. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal, leave = () => {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      leave();
      reject(signal.reason);
    };
    const settle = () => signal.removeEventListener('abort', onAbort);
    promise.then(settle, settle);
    promise.then(resolve, reject);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
}

function sleep(time: VirtualTime, delayMs: number, signal: AbortSignal): Promise<void> {
  return orAborted(new Promise<void>((resolve) => time.set(resolve, delayMs)), signal);
}

const naiveTimeout =
  (afterMs: number): Naive =>
  (time) =>
  (next) =>
  async ({ signal, limit, key }) => {
    const controller = new AbortController();
    const timer = time.set(() => controller.abort(new Raised('TIMEOUT')), afterMs);
    const onAbort = () => controller.abort(signal.reason);
    signal.addEventListener('abort', onAbort);
    try {
      return await next({ signal: controller.signal, limit: Math.min(limit, time.now() + afterMs), key });
    } finally {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
    }
  };

const naiveRetry =
  (attempts: number, delayMs: number): Naive =>
  (time) =>
  (next) =>
  async (context) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await next(context);
      } catch (error) {
        if (context.signal.aborted || isRefusal(error) || attempt === attempts) throw error;
        if (time.now() + delayMs >= context.limit) throw error;
        await sleep(time, delayMs, context.signal);
      }
    }
  };

const naiveFallback: Naive = () => (next) => async (context) => {
  try {
    return await next(context);
  } catch (error) {
    if (context.signal.aborted) throw error;
    return 'instead';
  }
};

const naiveBulkhead = (concurrency: number, capacity: number): Naive => {
  return () => {
    let running = 0;
    let waiting: (() => void)[] = [];
    return (next) => async (context) => {
      if (running < concurrency) running++;
      else if (waiting.length >= capacity) throw new Raised('BULKHEAD_FULL');
      else await turn(context.signal);
      try {
        return await next(context);
      } finally {
        release();
      }
    };

    function release() {
      const first = waiting.shift();
      if (first === undefined) running--;
      else first();
    }

    async function turn(signal: AbortSignal): Promise<void> {
      let admit = () => {};
      const admitted = new Promise<void>((resolve) => {
        admit = resolve;
      });
      waiting.push(admit);
      try {
        await orAborted(admitted, signal);
      } catch (error) {
        // It may have been given the place in the very same moment.
        if (waiting.includes(admit)) waiting = waiting.filter((other) => other !== admit);
        else release();
        throw error;
      }
    }
  };
};

const naiveBreaker =
  (failuresMax: number, openForMs: number): Naive =>
  (time) => {
    let period = 0;
    let failures = 0;
    let openUntil: number | undefined;
    let probing = false;

    function open() {
      period++;
      failures = 0;
      probing = false;
      openUntil = time.now() + openForMs;
    }

    /** @param failed - `undefined` for what says nothing */
    function record(permit: number, failed: boolean | undefined) {
      if (permit !== period) return;
      if (openUntil !== undefined) {
        probing = false;
        if (failed === true) open();
        else if (failed === false) {
          period++;
          openUntil = undefined;
        }
      } else if (failed === false) failures = 0;
      else if (failed === true && ++failures >= failuresMax) open();
    }

    return (next) => async (context) => {
      if (openUntil !== undefined) {
        if (time.now() < openUntil || probing) throw new Raised('CIRCUIT_OPEN');
        probing = true;
      }
      const permit = period;
      try {
        const value = await next(context);
        record(permit, false);
        return value;
      } catch (error) {
        const timedOut = error instanceof Raised && error.code === 'TIMEOUT';
        if (timedOut || !(context.signal.aborted || isRefusal(error))) record(permit, true);
        else record(permit, undefined);
        throw error;
      }
    };
  };

const naiveHedge =
  (afterMs: number): Naive =>
  (time) =>
  (next) =>
  ({ signal, limit, key }) =>
    new Promise((resolve, reject) => {
      const attempts: AbortController[] = [];
      const ends: Promise<unknown>[] = [];
      let running = 0;
      let over = false;
      let failure: { readonly error: unknown; readonly weighs: boolean } | undefined;
      const timer = time.set(() => void (attempts.length < 2 && start()), afterMs);
      const onAbort = () => end(signal.reason, () => reject(signal.reason));
      signal.addEventListener('abort', onAbort);
      start();

      function start() {
        const controller = new AbortController();
        attempts.push(controller);
        running++;
        const attempt = next({ signal: controller.signal, limit, key });
        ends.push(attempt);
        attempt.then(
          (value) => end('lost', () => resolve(value)),
          (error) => {
            running--;
            if (over) return;
            const weighs = !isRefusal(error);
            if (weighs || failure?.weighs !== true) failure = { error, weighs };
            if (weighs && attempts.length < 2) start();
            else if (running === 0) end('lost', () => reject(failure!.error));
          },
        );
      }

      function end(reason: unknown, settle: () => void) {
        if (over) return;
        over = true;
        timer.cancel();
        signal.removeEventListener('abort', onAbort);
        for (const controller of attempts) controller.abort(reason);
        // What lies within has given everything back before what lies outside hears of the end.
        void Promise.allSettled(ends).then(settle);
      }
    });

const naiveRateLimit =
  (limit: number, perMs: number, waitMsMax: number): Naive =>
  (time) => {
    const emissionMs = perMs / limit;
    /** When the last turn that was given is over. */
    let fullAt = Number.NEGATIVE_INFINITY;
    return (next) => async (context) => {
      const now = time.now();
      const turn = Math.max(now, fullAt) + emissionMs;
      const waitMs = turn - perMs - now;
      if (waitMs > waitMsMax) throw new Raised('RATE_LIMITED');
      fullAt = turn;
      try {
        if (waitMs > 1e-3) await sleep(time, waitMs, context.signal);
      } catch (error) {
        fullAt -= emissionMs;
        throw error;
      }
      return next(context);
    };
  };

const naiveCoalesce: Naive = () => {
  interface Flight {
    passengers: number;
    readonly controller: AbortController;
    readonly result: Promise<unknown>;
  }
  const flights = new Map<string, Flight>();
  const land = (key: string, flight: Flight) => {
    if (flights.get(key) === flight) flights.delete(key);
  };
  return (next) => async (context) => {
    const { key, signal } = context;
    if (key === undefined) return next(context);
    let flight = flights.get(key);
    if (flight === undefined) {
      const controller = new AbortController();
      const result = next({ signal: controller.signal, limit: Infinity, key });
      const departed: Flight = { passengers: 0, controller, result };
      result.then(
        () => land(key, departed),
        () => land(key, departed),
      );
      flights.set(key, departed);
      flight = departed;
    }
    const boarded = flight;
    boarded.passengers++;
    return orAborted(boarded.result, signal, () => {
      if (--boarded.passengers > 0) return;
      land(key, boarded);
      boarded.controller.abort(signal.reason);
    });
  };
};

const naiveCache =
  (ttl: number, whileMs: number, errorMs: number): Naive =>
  (time) => {
    const entries = new Map<string, { readonly value: unknown; readonly at: number }>();
    const refreshing = new Set<string>();
    return (next) => async (context) => {
      const { key } = context;
      if (key === undefined) return next(context);
      const ask = async (asked: Context) => {
        const value = await next(asked);
        entries.set(key, { value, at: time.now() });
        return value;
      };
      const entry = entries.get(key);
      const ageMs = entry === undefined ? Infinity : time.now() - entry.at;
      if (ageMs < ttl) return entry!.value;
      if (ageMs < ttl + whileMs) {
        if (!refreshing.has(key)) {
          refreshing.add(key);
          const refreshed = ask({ signal: new AbortController().signal, limit: Infinity, key });
          void refreshed.catch(() => {}).then(() => refreshing.delete(key));
        }
        return entry!.value;
      }
      try {
        return await ask(context);
      } catch (error) {
        if (context.signal.aborted || ageMs >= ttl + errorMs) throw error;
        return entry!.value;
      }
    };
  };

// Times so long and so uneven that no two things happen in the same millisecond, where either may be first.
const anyMs = fc.noBias(fc.integer({ min: 1, max: 1_000_000_000 }));

const anyPair: fc.Arbitrary<{ readonly text: string; readonly real: Policy; readonly naive: Naive }> =
  fc.oneof(
    anyMs.map((ms) => ({ text: `timeout ${ms}`, real: timeout(ms), naive: naiveTimeout(ms) })),
    fc.tuple(fc.integer({ min: 1, max: 4 }), anyMs).map(([attempts, ms]) => ({
      text: `retry ${attempts} ${ms}`,
      real: retry({ attempts, backoff: () => ms }),
      naive: naiveRetry(attempts, ms),
    })),
    anyMs.map((ms) => ({
      text: `hedge ${ms}`,
      real: hedge({ after: ms, budget: retryBudget({ ratio: 10, burst: 1_000 }) }),
      naive: naiveHedge(ms),
    })),
    fc.tuple(fc.integer({ min: 1, max: 3 }), anyMs, anyMs).map(([limit, emission, maxWait]) => ({
      text: `rate-limit ${limit} ${emission} ${maxWait}`,
      real: rateLimit({ limit, per: limit * emission, maxWait }),
      naive: naiveRateLimit(limit, limit * emission, maxWait),
    })),
    fc.tuple(anyMs, anyMs, anyMs).map(([ttl, whileMs, errorMs]) => ({
      text: `cache ${ttl} ${whileMs} ${errorMs}`,
      real: cache({ ttl, staleWhileRevalidate: whileMs, staleIfError: errorMs }),
      naive: naiveCache(ttl, whileMs, errorMs),
    })),
    fc.constant({ text: 'coalesce', real: coalesce(), naive: naiveCoalesce }),
    fc.constant({ text: 'fallback', real: fallback('instead'), naive: naiveFallback }),
    fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(3)).map(([concurrency, queue]) => ({
      text: `bulkhead ${concurrency} ${queue}`,
      real: bulkhead({ concurrency, queue }),
      naive: naiveBulkhead(concurrency, queue),
    })),
    fc.tuple(fc.integer({ min: 1, max: 3 }), anyMs).map(([failures, ms]) => ({
      text: `breaker ${failures} ${ms}`,
      real: circuitBreaker({ consecutiveFailures: failures, openFor: ms, probeTimeout: 1e15 }),
      naive: naiveBreaker(failures, ms),
    })),
  );

/**
 * Within a hedge no calls may wait for one another's places or share a flight: what then ends in the same moment begins
 * the next attempts in whatever order.
 */
const anyPairs = fc.array(anyPair, { maxLength: 5 }).filter((pairs) => {
  const names = pairs.map(({ real }) => real.name);
  const sharing = Math.max(names.lastIndexOf('bulkhead'), names.lastIndexOf('coalesce'));
  return !names.includes('hedge') || sharing < names.indexOf('hedge');
});

const anyCall = fc.record({
  at: fc.noBias(fc.integer({ min: 0, max: 2_000_000_000 })),
  /** What each attempt does, over and over. */
  attempts: fc.array(fc.record({ takes: anyMs, fails: fc.boolean(), obeys: fc.boolean() }), {
    minLength: 1,
    maxLength: 4,
  }),
  key: fc.constantFrom('a', 'b', undefined),
  gaveUpAfter: fc.option(anyMs, { nil: undefined, freq: 3 }),
});

/** Puts the calls through; tells how each ended, and when. */
async function endsOf(
  calls: readonly (typeof anyCall extends fc.Arbitrary<infer T> ? T : never)[],
  time: VirtualTime,
  run: (
    work: (signal: AbortSignal) => Promise<unknown>,
    signal: AbortSignal,
    key: string | undefined,
  ) => Promise<unknown>,
): Promise<readonly string[]> {
  const ends = calls.map(() => 'never');
  for (const [index, { at, attempts, key, gaveUpAfter }] of calls.entries()) {
    let begun = 0;
    const work = (signal: AbortSignal) => {
      const { takes, fails, obeys } = attempts[begun++ % attempts.length]!;
      return new Promise((resolve, reject) => {
        time.set(() => (fails ? reject(new Error('down')) : resolve('done')), takes);
        if (obeys) signal.addEventListener('abort', () => reject(signal.reason));
      });
    };
    time.set(() => {
      const controller = new AbortController();
      const note = (end: string) => {
        ends[index] = `${end} at ${time.now()}`;
      };
      run(work, controller.signal, key).then(
        (value) => note(String(value)),
        (error: Partial<Raised> & Partial<Error>) => note(error.code ?? error.message ?? 'no error'),
      );
      if (gaveUpAfter !== undefined) time.set(() => controller.abort(new Error('gave up')), gaveUpAfter);
    }, at);
  }
  await time.advance(1e11);
  return ends;
}

test('each call ends as in the plainest code, and at the same moment', async () => {
  await fc.assert(
    fc.asyncProperty(anyPairs, fc.array(anyCall, { minLength: 1, maxLength: 10 }), async (pairs, calls) => {
      const runtime = virtualRuntime();
      const line = pipeline('real', pairs.map(({ real }) => real) as readonly Policy[], {
        idempotent: true,
        runtime,
      });
      const real = await endsOf(calls, runtime.time, (work, signal, cacheKey) =>
        line.run((attempt) => work(attempt.signal), { signal, cacheKey }),
      );
      const time = new VirtualTime();
      const layers = pairs.map(({ naive }) => naive(time));
      const naive = await endsOf(calls, time, (work, signal, key) => {
        const innermost: Next = async ({ signal: inner }) => {
          inner.throwIfAborted();
          return orAborted(work(inner), inner);
        };
        const outermost = layers.reduceRight<Next>((next, layer) => layer(next), innermost);
        return outermost({ signal, limit: Infinity, key });
      });
      expect(real).toEqual(naive);
    }),
    { numRuns: 150000, endOnFailure: true },
  );
}, 600_000);
