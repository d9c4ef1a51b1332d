import { describe, expect, it } from 'vitest';
import { pipeline } from '../../pipeline.ts';
import { hangs, takes, virtualRuntime } from '../../testing/index.ts';
import { circuitBreaker } from '../circuit-breaker/index.ts';
import { timeout } from '../timeout/index.ts';
import type { Policy } from '../../kernel/layer.ts';
import { fallback, FallbackFailedError } from './index.ts';

const down = new Error('down');
const fail = () => Promise.reject(down);

function setUp<const Policies extends readonly Policy[]>(...policies: Policies) {
  const runtime = virtualRuntime();
  const line = pipeline('stock', policies, { runtime });
  return { runtime, time: runtime.time, recorder: runtime.recorder, line };
}

describe('a fallback', () => {
  it('does nothing when the work succeeds', async () => {
    const { line, recorder } = setUp(fallback('unknown'));
    expect(await line.run(() => 7)).toBe(7);
    expect(recorder.types).toEqual(['call.succeeded']);
  });

  it.each([undefined, null, 0, '', false, 'unknown'])(
    'answers with the value %j, and says so',
    async (value) => {
      const { line, recorder } = setUp(fallback(value));
      expect(await line.run(fail)).toBe(value);
      expect(recorder.of('fallback.answered')).toMatchObject([{ pipeline: 'stock', error: down }]);
      expect(recorder.types.at(-1)).toBe('call.succeeded');
    },
  );

  it('answers with what a function makes of the error, promised or not', async () => {
    expect(await setUp(fallback((error) => ({ error }))).line.run(fail)).toEqual({ error: down });
    expect(await setUp(fallback(async () => 'later')).line.run(fail)).toBe('later');
  });

  it('knows what the call brought along', async () => {
    const { line } = setUp(fallback((_error, { cacheKey, tenant }) => `${tenant} ${cacheKey}`));
    expect(await line.run(fail, { cacheKey: 'anchor', tenant: 'x' })).toBe('x anchor');
  });

  it('is asked once for each failed call', async () => {
    let asked = 0;
    const { line } = setUp(fallback(() => ++asked));
    expect([await line.run(fail), await line.run(fail)]).toEqual([1, 2]);
  });

  it('answers work that throws at once, also what is no error', async () => {
    const { line } = setUp(fallback((error) => error));
    const throws = () => {
      throw 'text' as unknown;
    };
    expect(await line.run(throws)).toBe('text');
  });

  it('answers only the errors that it is for; others come out untouched', async () => {
    const { line } = setUp(fallback('unknown', { on: (error) => error instanceof TypeError }));
    await expect(line.run(fail)).rejects.toBe(down);
    expect(await line.run(() => Promise.reject(new TypeError('down')))).toBe('unknown');
  });

  it('answers refusals and time-outs of the policies within', async () => {
    const breaker = circuitBreaker({ consecutiveFailures: 1 });
    const { line, time } = setUp(fallback('unknown'), breaker, timeout(10));
    const calling = line.run(hangs());
    await time.advance(10);
    expect(await calling).toBe('unknown');
    expect(line.machine(breaker).state).toBe('open');
    expect(await line.run(() => 'known')).toBe('unknown');
  });

  it("never answers a caller's abort, even where the work itself reports it", async () => {
    const { line, recorder } = setUp(fallback('unknown'));
    const controller = new AbortController();
    const calling = line.run(
      ({ signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      { signal: controller.signal },
    );
    controller.abort('gone');
    await expect(calling).rejects.toBe('gone');
    expect(recorder.types).toEqual(['call.cancelled', 'call.abandoned-work-ended']);
  });
});

describe('a fallback for results', () => {
  const isUnavailable = (value: unknown) => value instanceof Response && value.status === 503;

  it('answers those that it is for, and lets go of what it replaces', async () => {
    let cancelled = false;
    const body = new ReadableStream({ cancel: () => void (cancelled = true) });
    const { line, recorder } = setUp(fallback('unknown', { onResult: isUnavailable }));
    const unavailable = new Response(body, { status: 503 });
    expect(await line.run(() => unavailable)).toBe('unknown');
    expect(cancelled).toBe(true);
    expect(recorder.of('fallback.answered')).toMatchObject([{ error: unavailable }]);
    const fine = new Response('7');
    expect(await line.run(() => fine)).toBe(fine);
    expect(await line.run(fail)).toBe('unknown');
  });

  it('hands the result to its function, which may give it back', async () => {
    let cancelled = false;
    const body = new ReadableStream({ cancel: () => void (cancelled = true) });
    const unavailable = new Response(body, { status: 503 });
    const { line } = setUp(fallback(async (result) => result, { onResult: isUnavailable }));
    expect(await line.run(() => unavailable)).toBe(unavailable);
    expect(cancelled).toBe(false);
  });
});

describe('a chain of fallbacks', () => {
  it('asks the innermost first, and the next one when that fails', async () => {
    const asked: unknown[] = [];
    const { line } = setUp(
      fallback('last'),
      fallback((error) => {
        asked.push(error);
        return Promise.reject(new Error('replica down too'));
      }),
    );
    expect(await line.run(fail)).toBe('last');
    expect(asked).toEqual([down]);
  });
});

describe('a fallback that fails', () => {
  const late = new Error('replica down too');
  // oxlint-disable-next-line unicorn/no-thenable -- a thenable is what is tried
  const thenable = { then: (_resolve: unknown, reject: (error: unknown) => void) => reject(late) };

  it.each([
    [
      'throws',
      () => {
        throw late;
      },
    ],
    ['rejects', () => Promise.reject(late)],
    ['rejects as a thenable', () => thenable],
  ] as const)('reports both errors when it %s', async (_how, answer) => {
    const { line, recorder } = setUp(fallback(answer as () => unknown));
    const error = await line.run(fail).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(FallbackFailedError);
    expect(error).toMatchObject({
      code: 'FALLBACK_FAILED',
      policy: 'fallback',
      pipeline: 'stock',
      cause: down,
      fallbackError: late,
      message: 'The fallback of "stock" failed too: replica down too',
    });
    expect(recorder.of('fallback.failed')).toMatchObject([{ error: down, fallbackError: late }]);
    expect(recorder.of('fallback.answered')).toEqual([]);
  });

  it('has its own error where `on` threw it', async () => {
    const { line } = setUp(
      fallback('unknown', {
        on() {
          throw late;
        },
      }),
    );
    await expect(line.run(fail)).rejects.toBe(late);
  });
});

it('a promised answer is ended by a time-out outside, and by the caller', async () => {
  const { line, time } = setUp(
    timeout(50),
    fallback(() => hangs()(undefined as never)),
  );
  const limited = line.run(fail).catch((error: { code: string }) => error.code);
  await time.advance(50);
  expect(await limited).toBe('TIMEOUT');
  const controller = new AbortController();
  const given = line.run(fail, { signal: controller.signal }).catch((reason: unknown) => reason);
  await time.advance(1);
  controller.abort('enough');
  expect(await given).toBe('enough');
  await time.advance(100);
  expect(line.running).toBe(0);
});

it('a promised answer that comes in time is the result', async () => {
  const runtime = virtualRuntime();
  const replica = pipeline('replica', [], { runtime });
  const line = pipeline(
    'stock',
    [timeout(50), fallback(() => replica.run(takes(10, 'replica', runtime.time)))],
    {
      runtime,
    },
  );
  const calling = line.run(fail);
  await runtime.time.advance(10);
  expect(await calling).toBe('replica');
});

it('refuses options that it does not know', () => {
  expect(() => fallback('x', { when: () => true } as never)).toThrow(
    /`fallback options`.*keys among on, onResult/,
  );
});
