import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OptionsError, SeaworthyError } from '../../kernel/errors.ts';
import type { Policy } from '../../kernel/layer.ts';
import { createRuntime } from '../../kernel/runtime.ts';
import { pipeline } from '../../pipeline.ts';
import { hangs, takes, virtualRuntime, VirtualTime } from '../../testing/index.ts';
import { bulkhead } from '../bulkhead/index.ts';
import { circuitBreaker } from '../circuit-breaker/index.ts';
import { fallback } from '../fallback/index.ts';
import { retry } from '../retry/index.ts';
import { timeout, TimeoutError } from './index.ts';

function setUp(...policies: readonly Policy[]) {
  const runtime = virtualRuntime();
  const line = pipeline('search', policies, { idempotent: true, runtime });
  return { runtime, line, time: runtime.time, recorder: runtime.recorder };
}

const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown) => unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', onUnhandled);
});
afterEach(() => {
  process.off('unhandledRejection', onUnhandled);
  expect(unhandled).toEqual([]);
});

describe('a timeout', () => {
  it('fails a call that takes longer, and says after how long and in which pipeline', async () => {
    const { line, time, recorder } = setUp(timeout(300));
    const calling = line.run(hangs());
    const caught = calling.catch((error: unknown) => error);
    await time.advance(299);
    expect(line.running).toBe(1);
    await time.advance(1);
    const error = (await caught) as TimeoutError;
    expect(error).toBeInstanceOf(TimeoutError);
    expect(SeaworthyError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: 'TIMEOUT', policy: 'timeout', pipeline: 'search', afterMs: 300 });
    expect(error.message).toBe('"search" did not end within 300 ms.');
    expect(recorder.of('timeout.expired')).toMatchObject([{ at: 300, pipeline: 'search', afterMs: 300 }]);
    expect(line.running).toBe(0);
    expect(time.pendingTimers).toBe(0);
  });

  it('lets a call pass that ends in the very last millisecond', async () => {
    const { line, time } = setUp(timeout(300));
    const calling = line.run(takes(299, 'just in time', time));
    await time.advance(400);
    expect(await calling).toBe('just in time');
  });

  it('hands its error to the work as the reason of the signal', async () => {
    const { line, time } = setUp(timeout(50));
    let reason: unknown;
    const calling = line.run(
      ({ signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject((reason = signal.reason)));
        }),
    );
    const caught = calling.catch((error: unknown) => error);
    await time.advance(50);
    expect(await caught).toBe(reason);
    expect(reason).toBeInstanceOf(TimeoutError);
  });

  it('tells work that asks for its signal only after the time-out', async () => {
    const { line, time } = setUp(timeout(50));
    let late: AbortSignal | undefined;
    const calling = line.run(async (attempt) => {
      await new Promise<void>((resolve) => time.set(resolve, 80));
      late = attempt.signal;
    });
    await Promise.all([expect(calling).rejects.toThrow(TimeoutError), time.advance(100)]);
    expect(late?.aborted).toBe(true);
    expect(late?.reason).toBeInstanceOf(TimeoutError);
  });

  it('abandons work that ignores the signal, catches its late rejection and reports it', async () => {
    const { line, time, recorder } = setUp(timeout(50));
    const late = new Error('late');
    const calling = line.run(() => new Promise((_resolve, reject) => time.set(() => reject(late), 200)));
    await Promise.all([expect(calling).rejects.toThrow(TimeoutError), time.advance(1_000)]);
    expect(recorder.of('call.abandoned-work-ended')).toMatchObject([{ at: 200, error: late }]);
    expect(recorder.types.filter((type) => type === 'call.failed')).toHaveLength(1);
  });

  it('drops what abandoned work brings, and cancels the body of a response among it', async () => {
    const { line, time } = setUp(timeout(50));
    let cancelled = 0;
    const response = { body: { locked: false, cancel: () => Promise.resolve(void cancelled++) } };
    const calling = line.run(() => new Promise((resolve) => time.set(() => resolve(response), 200)));
    await Promise.all([expect(calling).rejects.toThrow(TimeoutError), time.advance(1_000)]);
    expect(cancelled).toBe(1);
  });

  it("is not a caller's abort: its reason comes out untouched, and no time-out is reported", async () => {
    const { line, time, recorder } = setUp(timeout(1_000));
    const reason = { my: 'reason' };
    const controller = new AbortController();
    time.set(() => controller.abort(reason), 20);
    const calling = line.run(hangs(), { signal: controller.signal }).catch((error: unknown) => error);
    await time.advance(20);
    expect(await calling).toBe(reason);
    expect(recorder.types).toEqual(['call.cancelled']);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    expect(time.pendingTimers).toBe(0);
  });

  it('never aborts the signal of work that succeeded, so that a streamed body can be read on', async () => {
    const { line, time } = setUp(timeout(50));
    let signal: AbortSignal | undefined;
    await line.run(async (attempt) => {
      signal = attempt.signal;
    });
    await time.advance(1_000);
    expect(signal?.aborted).toBe(false);
  });

  it('limits each attempt inside of a retry, and all of them outside', async () => {
    const inside = setUp(retry({ attempts: 3, backoff: () => 10 }), timeout(50));
    const each = inside.line.run(hangs()).catch((error: unknown) => error);
    await inside.time.advance(1_000);
    expect(await each).toBeInstanceOf(TimeoutError);
    expect(inside.recorder.of('timeout.expired').map(({ at }) => at)).toEqual([50, 110, 170]);

    const outside = setUp(timeout(100), retry({ attempts: 3, backoff: () => 10 }), timeout(60));
    const all = outside.line.run(hangs()).catch((error: unknown) => error);
    await outside.time.advance(1_000);
    expect(await all).toMatchObject({ afterMs: 100 });
    expect(outside.recorder.of('timeout.expired').map(({ at, afterMs }) => [at, afterMs])).toEqual([
      [60, 60],
      [100, 100],
    ]);
  });

  it('shares one timer among equal limits, however many calls wait', async () => {
    const { line, time } = setUp(timeout(100));
    const calls = Array.from({ length: 1_000 }, () => line.run(hangs()).catch((error: unknown) => error));
    expect(time.pendingTimers).toBe(1);
    await time.advance(100);
    expect((await Promise.all(calls)).every((error) => error instanceof TimeoutError)).toBe(true);
    expect(time.pendingTimers).toBe(0);
  });

  it('ends each of many overlapping calls at its own time', async () => {
    const { line, time, recorder } = setUp(timeout(100));
    for (let at = 0; at < 100; at += 7) time.set(() => void line.run(hangs()).catch(() => {}), at);
    await time.advance(500);
    const ends = recorder.of('timeout.expired').map(({ at }) => at);
    expect(ends).toEqual(Array.from({ length: 15 }, (_, index) => index * 7 + 100));
  });

  it('ends each at its own time also where the end of one begins another attempt', async () => {
    const { line, time, recorder } = setUp(retry({ attempts: 2, backoff: () => 0 }), timeout(100));
    const calls = [0, 30, 60].map((at) => {
      const calling = new Promise((resolve) => time.set(() => resolve(line.outcome(hangs())), at));
      return calling;
    });
    await time.advance(500);
    await Promise.all(calls);
    expect(recorder.of('timeout.expired').map(({ at }) => at)).toEqual([100, 130, 160, 200, 230, 260]);
  });

  it('keeps limits of a month, which native timers cannot, and longer ones', async () => {
    const month = 30 * 24 * 3_600_000;
    const { line, time } = setUp(timeout(month));
    const calling = line.run(hangs()).catch((error: unknown) => error);
    await time.advance(month - 1);
    expect(line.running).toBe(1);
    await time.advance(1);
    expect(await calling).toMatchObject({ afterMs: month });
  });

  it('does not mind a clock that jumps backwards', async () => {
    const time = new VirtualTime();
    let offset = 0;
    const clock = { epoch: 0, now: () => time.now() + offset };
    const line = pipeline('jumpy', [timeout(50)], { runtime: createRuntime({ clock, timers: time }) });
    const first = line.run(hangs()).catch((error: unknown) => error);
    offset = -1_000_000;
    const second = line.run(takes(10, 'well', time));
    await time.advance(10);
    expect(await second).toBe('well');
    offset = 0;
    await time.advance(100);
    expect(await first).toBeInstanceOf(TimeoutError);
  });

  it('gives back what lies within: a permit of a bulkhead, and a failure to a breaker', async () => {
    const within = circuitBreaker({ consecutiveFailures: 1 });
    const places = bulkhead({ concurrency: 1 });
    const { line, time } = setUp(timeout(50), within, places);
    const calling = line.run(hangs()).catch((error: unknown) => error);
    await time.advance(50);
    expect(await calling).toBeInstanceOf(TimeoutError);
    expect(line.machine(places).running).toBe(0);
    expect(line.machine(within).state).toBe('open');
  });

  it('ends a wait in a queue and for a fallback, and lets no back-off begin that it would cut off', async () => {
    const queued = setUp(timeout(50), bulkhead({ concurrency: 1, queue: 1 }));
    const blocking = queued.line.run(hangs()).catch((error: unknown) => error);
    const waiting = queued.line.run(hangs()).catch((error: unknown) => error);
    await queued.time.advance(50);
    expect(await Promise.all([blocking, waiting])).toMatchObject([{ code: 'TIMEOUT' }, { code: 'TIMEOUT' }]);

    const sleeping = setUp(timeout(50), retry({ backoff: () => 1_000 }));
    const backingOff = sleeping.line
      .run(() => Promise.reject(new Error('no')))
      .catch((error: unknown) => error);
    expect(await backingOff).toMatchObject({ message: 'no' });
    expect(sleeping.time.now()).toBe(0);
    expect(sleeping.time.pendingTimers).toBe(0);

    const falling = setUp(
      timeout(50),
      fallback(() => new Promise<string>(() => {})),
    );
    const answering = falling.line
      .run(() => Promise.reject(new Error('no')))
      .catch((error: unknown) => error);
    await falling.time.advance(50);
    expect(await answering).toBeInstanceOf(TimeoutError);
  });

  it.each([0, -1, Number.NaN, Infinity, '5', '5 s', '-1s', '1d', null, undefined, {}])(
    'refuses %j as a limit, naming it and its mend',
    (limit) => {
      expect(() => timeout(limit as never)).toThrow(OptionsError);
      expect(() => timeout(limit as never)).toThrow(/`timeout`.*'300ms'/);
    },
  );
});
