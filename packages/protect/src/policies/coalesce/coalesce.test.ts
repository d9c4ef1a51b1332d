import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pipeline } from '../../pipeline.ts';
import { failsTimes, hangs, takes, virtualRuntime } from '../../testing/index.ts';
import { circuitBreaker } from '../circuit-breaker/index.ts';
import { deadline } from '../deadline/index.ts';
import { timeout } from '../timeout/index.ts';
import { coalesce, type CoalesceOptions } from './index.ts';

function setUp(options: CoalesceOptions = {}) {
  const runtime = virtualRuntime();
  const line = pipeline('product', [coalesce(options)], { runtime });
  return { runtime, time: runtime.time, line };
}

const codeOf = (error: { readonly code: string }) => error.code;

describe('coalescing', () => {
  it('makes one call of all that come while it is under way, and gives each its result', async () => {
    const { line, time, runtime } = setUp();
    const result = { name: 'anchor' };
    const work = takes(10, result, time);
    const calls = Array.from({ length: 100 }, () => line.run(work, { cacheKey: 'a' }));
    await time.advance(10);
    for (const got of await Promise.all(calls)) expect(got).toBe(result);
    expect(work.calls).toBe(1);
    expect(runtime.recorder.of('coalesce.joined')).toHaveLength(99);
  });

  it('gives each the error of the one call, untouched', async () => {
    const { line } = setUp();
    const error = new Error('down');
    const work = failsTimes(1, 'up', error);
    const calls = Array.from({ length: 3 }, () => line.outcome(work, { cacheKey: 'a' }));
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 3 }, () => ({ ok: false, error })));
    expect(work.calls).toBe(1);
  });

  it('makes a new call once the last has ended: it remembers nothing', async () => {
    const { line } = setUp();
    const work = failsTimes(1, 'up');
    await line.outcome(work, { cacheKey: 'a' });
    expect(await line.run(work, { cacheKey: 'a' })).toBe('up');
    expect(work.calls).toBe(2);
  });

  it('lets calls with other keys, and without one, go on their own', async () => {
    const { line, time } = setUp();
    const work = takes(10, 'done', time);
    const keys = ['a', 'a', 'b', undefined, undefined];
    const calls = keys.map((cacheKey) => line.run(work, { cacheKey }));
    await time.advance(10);
    await Promise.all(calls);
    expect(work.calls).toBe(4);
  });

  it('takes the key from what it is told to', async () => {
    const { line, time } = setUp({ key: ({ tenant }) => tenant });
    const work = takes(10, 'done', time);
    const calls = ['x', 'x', 'y'].map((tenant) => line.run(work, { tenant }));
    await time.advance(10);
    await Promise.all(calls);
    expect(work.calls).toBe(2);
  });

  it('shares no more flights at a time than it may', async () => {
    const { line, time } = setUp({ maxFlights: 1 });
    const work = takes(10, 'done', time);
    const calls = ['a', 'b', 'b', 'a'].map((cacheKey) => line.run(work, { cacheKey }));
    await time.advance(10);
    await Promise.all(calls);
    expect(work.calls).toBe(3);
  });
});

describe('a caller who gives up', () => {
  it('leaves at once, with its own reason, and the others go on', async () => {
    const { line, time } = setUp();
    const controller = new AbortController();
    const leaving = line
      .run(takes(10, 'done', time), { cacheKey: 'a', signal: controller.signal })
      .catch((reason: unknown) => reason);
    const staying = line.run(hangs(), { cacheKey: 'a' });
    controller.abort('enough');
    expect(await leaving).toBe('enough');
    await time.advance(10);
    expect(await staying).toBe('done');
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
  });

  it('does not let go of a response that the others are about to read', async () => {
    const { line, time } = setUp();
    let cancelled = false;
    const response = new Response(new ReadableStream({ cancel: () => void (cancelled = true) }));
    const controller = new AbortController();
    const work = takes(10, response, time);
    const leaving = line.outcome(work, { cacheKey: 'a', signal: controller.signal });
    const staying = line.run(work, { cacheKey: 'a' });
    controller.abort();
    await leaving;
    await time.advance(10);
    expect(await staying).toBe(response);
    expect(cancelled).toBe(false);
  });

  it('ends the flight when it is the last, and who comes then has a new one', async () => {
    const { line, time } = setUp();
    const controllers = [new AbortController(), new AbortController()];
    let signal: AbortSignal | undefined;
    const calls = controllers.map((controller) =>
      line.outcome(
        (attempt) => {
          ({ signal } = attempt);
          return hangs()(attempt);
        },
        { cacheKey: 'a', signal: controller.signal },
      ),
    );
    controllers[0]!.abort('first');
    expect(signal?.aborted).toBe(false);
    controllers[1]!.abort('last');
    expect(signal?.reason).toBe('last');
    const next = line.run(takes(10, 'new', time), { cacheKey: 'a' });
    await time.advance(10);
    expect(await next).toBe('new');
    await Promise.all(calls);
  });

  it('by a time-out outside does not end the flight of who has more time', async () => {
    const runtime = virtualRuntime();
    const shared = coalesce();
    const line = pipeline('product', [timeout(50), shared], { runtime });
    const early = line.run(hangs(), { cacheKey: 'a' }).catch(codeOf);
    let late: Promise<unknown> | undefined;
    runtime.time.set(() => {
      late = line.run(hangs(), { cacheKey: 'a' }).catch(codeOf);
    }, 30);
    await runtime.time.advance(50);
    expect(await early).toBe('TIMEOUT');
    expect(line.running).toBe(2);
    await runtime.time.advance(30);
    expect(await late).toBe('TIMEOUT');
    expect(line.running).toBe(0);
  });
});

it('a flight does not have the deadline of its first passenger', async () => {
  const runtime = virtualRuntime();
  const line = pipeline('product', [coalesce()], { runtime });
  const within = pipeline('database', [], { runtime });
  const hurried = pipeline('page', [deadline(10)], { runtime });
  const work = () => within.run(takes(30, 'done', runtime.time));
  const first = hurried.run(() => line.run(work, { cacheKey: 'a' })).catch(codeOf);
  const second = line.run(work, { cacheKey: 'a' });
  await runtime.time.advance(30);
  expect(await first).toBe('DEADLINE_EXCEEDED');
  expect(await second).toBe('done');
});

it('what lies within counts a flight once', async () => {
  const runtime = virtualRuntime();
  const breaker = circuitBreaker({ consecutiveFailures: 2 });
  const line = pipeline('product', [coalesce(), breaker], { runtime });
  const calls = Array.from({ length: 5 }, () => line.outcome(failsTimes(9, 'up'), { cacheKey: 'a' }));
  await Promise.all(calls);
  expect(line.machine(breaker).counts(runtime.time.now())).toMatchObject({ calls: 1, failures: 1 });
});

it('an error of the function that makes the key is the call’s own', async () => {
  const { line } = setUp({
    key() {
      throw new Error('no key');
    },
  });
  await expect(line.run(() => 'done')).rejects.toThrow('no key');
});

it('runs once per flight and gives exactly one result to each, whatever comes and goes', async () => {
  const anyCall = fc.record({
    at: fc.nat(60),
    key: fc.constantFrom('a', 'b'),
    leavesAfter: fc.option(fc.nat(40), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(anyCall, { maxLength: 20 }), async (calls) => {
      const { line, time } = setUp();
      const inFlight = new Map<string, number>();
      const results = calls.map((): unknown[] => []);
      let most = 0;
      for (const [index, { at, key, leavesAfter }] of calls.entries()) {
        const controller = new AbortController();
        time.set(() => {
          const note = (result: unknown) => void results[index]!.push(result);
          const running = line.run(
            async (attempt) => {
              inFlight.set(key, (inFlight.get(key) ?? 0) + 1);
              most = Math.max(most, inFlight.get(key)!);
              try {
                return await takes(20, key, time)(attempt);
              } finally {
                inFlight.set(key, inFlight.get(key)! - 1);
              }
            },
            { cacheKey: key, signal: controller.signal },
          );
          running.then(note, note);
          if (leavesAfter !== undefined) time.set(() => controller.abort('left'), leavesAfter);
        }, at);
      }
      await time.advance(1_000);
      expect(most).toBeLessThanOrEqual(1);
      for (const [index, { key, leavesAfter }] of calls.entries()) {
        const allowed = leavesAfter === undefined ? [[key]] : [[key], ['left']];
        expect(allowed).toContainEqual(results[index]);
      }
      expect(line.running).toBe(0);
    }),
    { numRuns: 200 },
  );
});
