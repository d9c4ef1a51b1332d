/** What every pipeline promises its caller, whatever policies it holds. */
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Policy } from './kernel/layer.ts';
import { createRuntime } from './kernel/runtime.ts';
import { pipeline } from './pipeline.ts';
import { bulkhead } from './policies/bulkhead/index.ts';
import { cache } from './policies/cache/index.ts';
import { circuitBreaker } from './policies/circuit-breaker/index.ts';
import { coalesce } from './policies/coalesce/index.ts';
import { fallback } from './policies/fallback/index.ts';
import { constant, retry } from './policies/retry/index.ts';
import { timeout } from './policies/timeout/index.ts';
import { failsTimes, hangs, settle, takes, virtualRuntime } from './testing/index.ts';

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown) => unhandled.push(reason);
beforeEach(() => void process.on('unhandledRejection', onUnhandled));
afterEach(() => {
  process.off('unhandledRejection', onUnhandled);
  expect(unhandled.splice(0)).toEqual([]);
});

const lists: readonly (readonly [string, readonly Policy[]])[] = [
  ['no policy', []],
  [
    'policies that cannot interrupt',
    [retry({ attempts: 1 }), circuitBreaker(), bulkhead({ concurrency: 9 })],
  ],
  ['a time-out', [retry({ attempts: 1 }), circuitBreaker(), bulkhead({ concurrency: 9 }), timeout(1_000)]],
];

function setUp(policies: readonly Policy[]) {
  const runtime = virtualRuntime();
  return { runtime, time: runtime.time, line: pipeline('api', policies, { idempotent: true, runtime }) };
}

describe.each(lists)('work in a pipeline of %s', (_name, policies) => {
  it('may give a plain value, a promise, or any thenable', async () => {
    const { line } = setUp(policies);
    expect(await line.run(() => 'plain')).toBe('plain');
    expect(await line.run(() => undefined)).toBe(undefined);
    expect(await line.run(async () => 'promise')).toBe('promise');
    // oxlint-disable-next-line unicorn/no-thenable -- a thenable is what is tried
    const thenable = { then: (resolve: (value: string) => void) => resolve('thenable') };
    const callable = Object.assign(() => {}, thenable);
    expect(await line.run((): unknown => thenable)).toBe('thenable');
    expect(await line.run((): unknown => callable)).toBe('thenable');
  });

  it('may throw at once what is no error: it comes out as a rejection, untouched', async () => {
    const { line } = setUp(policies);
    for (const thrown of [new Error('down'), 'text', undefined, null, 0]) {
      const calling = line.run(() => {
        throw thrown;
      });
      await expect(calling).rejects.toBe(thrown);
      expect(await line.outcome(() => Promise.reject(thrown))).toEqual({ ok: false, error: thrown });
    }
    expect(line.running).toBe(0);
  });

  it('may give an object whose `then` cannot even be read', async () => {
    const { line } = setUp(policies);
    const hostile = {
      // oxlint-disable-next-line unicorn/no-thenable -- a thenable is what is tried
      get then(): never {
        throw new Error('hands off');
      },
    };
    await expect(line.run(() => hostile)).rejects.toThrow('hands off');
    expect(line.running).toBe(0);
  });

  it('is begun before `run` returns, and once', async () => {
    const { line } = setUp(policies);
    const work = failsTimes(0, 'done');
    const calling = line.run(work);
    expect(work.calls).toBe(1);
    await calling;
    expect(work.calls).toBe(1);
  });

  it("ends with its caller's signal at once, and leaves no listener", async () => {
    const { line, time } = setUp(policies);
    const controller = new AbortController();
    const calls = Array.from({ length: 5 }, () => line.outcome(hangs(), { signal: controller.signal }));
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    controller.abort('enough');
    for (const outcome of await Promise.all(calls)) expect(outcome).toEqual({ ok: false, error: 'enough' });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    expect(time.pendingTimers).toBe(0);
  });

  it('hears of an abort at once, even while it is begun', async () => {
    const { line } = setUp(policies);
    const controller = new AbortController();
    const seen: unknown[] = [];
    const value = await line.run(
      ({ signal }) => {
        seen.push(signal.aborted);
        controller.abort('enough');
        seen.push(signal.aborted, signal.reason);
        return 'done all the same';
      },
      { signal: controller.signal },
    );
    expect(seen).toEqual([false, true, 'enough']);
    expect(value).toBe('done all the same');
  });

  it('is not begun when the signal is aborted already', async () => {
    const { line } = setUp(policies);
    const work = failsTimes(0, 'done');
    await expect(line.run(work, { signal: AbortSignal.abort('before') })).rejects.toBe('before');
    expect(work.calls).toBe(0);
  });

  it('leaves no listener on a long-lived signal, however many calls succeed and fail', async () => {
    const { line, time } = setUp(policies);
    const { signal } = new AbortController();
    for (let i = 0; i < 100; i++) {
      await line.outcome(failsTimes(i % 3 === 0 ? 1 : 0, 'done'), { signal });
    }
    const running = line.run(takes(10, 'done', time), { signal });
    await time.advance(10);
    await running;
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('runtimes', () => {
  it('listen to the end of the process once, however many there are', async () => {
    const before = process.listenerCount('beforeExit');
    for (let i = 0; i < 20; i++) {
      await pipeline('api', [timeout(1_000)], { runtime: createRuntime() }).run(() => 'done');
    }
    expect(process.listenerCount('beforeExit') - before).toBeLessThanOrEqual(1);
  });
});

describe('a listener of events that throws', () => {
  it('is reported once and fails no call', async () => {
    const { line, runtime } = setUp([timeout(1_000), retry({ backoff: constant(1) })]);
    const report = vi.spyOn(console, 'error').mockImplementation(() => {});
    runtime.events.subscribe(() => {
      throw new Error('listener');
    });
    expect(await runtime.time.until(line.run(failsTimes(1, 'done')))).toBe('done');
    expect(report).toHaveBeenCalledOnce();
    report.mockRestore();
  });
});

describe('a discarded result', () => {
  const badBodies = [
    {
      get body(): never {
        throw new Error('no body');
      },
    },
    {
      body: {
        cancel() {
          throw new Error('no cancel');
        },
      },
    },
    { body: { cancel: () => Promise.reject(new Error('cancelled badly')) } },
    { body: new ReadableStream() },
    null,
  ];

  it.each(badBodies)('harms nobody, whatever it is: %#', async (result) => {
    const { line, time } = setUp([
      timeout(10),
      retry({ attempts: 2, backoff: constant(1), onResult: isBad }),
    ]);
    function isBad(value: unknown) {
      return value === result;
    }
    const results = [result, 'good'];
    expect(await time.until(line.run(() => results.shift()))).toBe('good');
    const late = line.outcome(() => new Promise((resolve) => time.set(() => resolve(result), 20)));
    await time.advance(100);
    expect(await late).toMatchObject({ error: { code: 'TIMEOUT' } });
  });
});

describe('a wrapped function', () => {
  it('hands on what it is called with, after the attempt', async () => {
    const { line, time } = setUp([retry({ backoff: constant(1) })]);
    const attempts: number[] = [];
    const add = line.wrap(({ attempt }, one: number, other: number) => {
      attempts.push(attempt);
      if (attempts.length === 1) throw new Error('down');
      return one + other;
    });
    expect(await time.until(add(3, 4))).toBe(7);
    expect(attempts).toEqual([1, 2]);
  });

  it('takes the options of a call from what it is called with', async () => {
    const { line, runtime } = setUp([cache({ ttl: 100 })]);
    const work = failsTimes(0, 'value');
    const get = line.wrap(
      (attempt, _id: string) => work(attempt),
      (id) => ({ cacheKey: id }),
    );
    for (const id of ['a', 'b', 'a', 'b']) await get(id);
    expect(work.calls).toBe(2);
    expect(runtime.recorder.of('cache.hit')).toHaveLength(2);
  });

  it('rejects where the making of its options throws', async () => {
    const { line } = setUp([]);
    const get = line.wrap(
      () => 'value',
      () => {
        throw new Error('no options');
      },
    );
    await expect(get()).rejects.toThrow('no options');
  });
});

describe('an outcome', () => {
  it('tells a refusal as any error', async () => {
    const { line } = setUp([circuitBreaker({ consecutiveFailures: 1 })]);
    expect(await line.outcome(() => 7)).toEqual({ ok: true, value: 7 });
    await line.outcome(() => Promise.reject(new Error('down')));
    expect(await line.outcome(() => 7)).toMatchObject({
      ok: false,
      error: { code: 'CIRCUIT_OPEN', policy: 'circuit-breaker', pipeline: 'api', retryAfterMs: 5_000 },
    });
  });
});

describe('a pipeline that is closed', () => {
  it('refuses new calls, lets running ones end, and leaves no timer', async () => {
    const { line, time } = setUp([
      fallback('unknown'),
      timeout(1_000),
      bulkhead({ concurrency: 1, queue: 1 }),
    ]);
    const calls = [line.run(takes(10, 'first', time)), line.run(takes(10, 'second', time))];
    let closed = false;
    const closing = line.close().then(() => {
      closed = true;
    });
    await expect(line.run(() => 'late')).rejects.toMatchObject({ code: 'PIPELINE_CLOSED', pipeline: 'api' });
    await time.advance(10);
    expect(closed).toBe(false);
    await time.advance(10);
    await closing;
    expect(await Promise.all(calls)).toEqual(['first', 'second']);
    expect(time.pendingTimers).toBe(0);
    await line.close();
  });

  it('waits for what it does in the background', async () => {
    const runtime = virtualRuntime();
    const line = pipeline('api', [cache({ ttl: 10, staleWhileRevalidate: 100 })], { runtime });
    await line.run(() => 'old', { cacheKey: 'a' });
    await runtime.time.advance(10);
    await line.run(takes(10, 'new', runtime.time), { cacheKey: 'a' });
    let closed = false;
    void line.close().then(() => {
      closed = true;
    });
    await settle();
    expect(closed).toBe(false);
    await runtime.time.advance(10);
    expect(closed).toBe(true);
  });

  it('closes itself where it is disposed of', async () => {
    const runtime = virtualRuntime();
    const used = async () => {
      await using line = pipeline('api', [coalesce()], { runtime });
      return line;
    };
    await expect((await used()).run(() => 'late')).rejects.toMatchObject({ code: 'PIPELINE_CLOSED' });
  });
});

describe('a pipeline', () => {
  it('needs a name', () => {
    expect(() => pipeline('', [])).toThrow(/`name`/);
  });

  it('refuses an option that it does not know', () => {
    expect(() => pipeline('api', [], { idempotant: true } as never)).toThrow(
      /keys among idempotent, runtime/,
    );
  });

  it('has the machine of its own policies only', () => {
    const { line } = setUp([circuitBreaker()]);
    expect(() => line.machine(bulkhead({ concurrency: 1 }))).toThrow(/`policy`.*the pipeline "api"/);
  });

  it('shares nothing with another one of the same policies', async () => {
    const breaker = circuitBreaker({ consecutiveFailures: 1 });
    const [first, second] = [setUp([breaker]).line, setUp([breaker]).line];
    await first.outcome(() => Promise.reject(new Error('down')));
    expect([first.machine(breaker).state, second.machine(breaker).state]).toEqual(['open', 'closed']);
  });
});
