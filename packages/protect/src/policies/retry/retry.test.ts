import { expect, test } from 'vitest';
import { pipeline } from '../../pipeline.ts';
import { failsTimes, hangs, virtualRuntime } from '../../testing/index.ts';
import { deadline } from '../deadline/index.ts';
import { timeout } from '../timeout/index.ts';
import { constant, retry, retryBudget, type RetryOptions } from './index.ts';

function setUp(options: RetryOptions) {
  const runtime = virtualRuntime();
  const line = pipeline('api', [retry(options)], { idempotent: true, runtime });
  return { runtime, time: runtime.time, line };
}

test('tries again until it succeeds, and says so', async () => {
  const { runtime, time, line } = setUp({ attempts: 3, backoff: constant('10m') });
  const work = failsTimes(2, 'done');
  expect(await time.until(line.run(work))).toBe('done');
  expect(work.calls).toBe(3);
  expect(time.now()).toBe(1_200_000);
  expect(runtime.recorder.of('retry.succeeded')).toMatchObject([{ attempts: 3 }]);
});

test('gives the last error, untouched, after the last attempt', async () => {
  const { time, line } = setUp({ attempts: 3, backoff: constant(1) });
  let count = 0;
  const errors = [new Error('1'), 'no error at all', undefined];
  const outcome = await time.until(line.outcome(() => Promise.reject(errors[count++])));
  expect(outcome).toEqual({ ok: false, error: undefined });
  expect(count).toBe(3);
});

test('leaves a call alone that must not be repeated, whatever its errors and results', async () => {
  const { runtime, time, line } = setUp({ onResult: () => true });
  const work = failsTimes(1, 'done', new Error('mine'));
  expect(await time.until(line.outcome(work, { repeat: false }))).toMatchObject({ ok: false });
  expect(await time.until(line.run(work, { repeat: false }))).toBe('done');
  expect(work.calls).toBe(2);
  expect(runtime.recorder.of('retry.stopped')).toEqual([]);
});

test('lets go of a response that was thrown, before the wait for the next attempt', async () => {
  const { time, line } = setUp({ backoff: constant('1h') });
  const thrown = new Response('unread', { status: 503 });
  const call = line.run(({ attempt }) => (attempt === 1 ? Promise.reject(thrown) : 'done'));
  await time.advance(1);
  expect(thrown.bodyUsed).toBe(true);
  expect(await time.until(call)).toBe('done');
});

test('a back-off of the user’s own knows the attempt that failed and the wait before it', async () => {
  const asked: (readonly [number, number])[] = [];
  const { time, line } = setUp({
    attempts: 4,
    backoff: (attempt, previousMs) => {
      asked.push([attempt, previousMs]);
      return 10 ** attempt;
    },
  });
  await time.until(line.outcome(failsTimes(9, 'done')));
  expect(asked).toEqual([
    [1, 0],
    [2, 10],
    [3, 100],
  ]);
  expect(time.now()).toBe(1_110);
});

test('asks the budget before the wait, and the last error is not lost', async () => {
  const budget = retryBudget({ ratio: 0, burst: 1 });
  const { runtime, time, line } = setUp({ attempts: 5, backoff: constant('1h'), budget });
  const error = new Error('mine');
  const outcome = await time.until(line.outcome(failsTimes(9, 'done', error)));
  expect(outcome).toEqual({ ok: false, error });
  expect(time.now()).toBe(3_600_000);
  expect(runtime.recorder.of('retry.stopped')).toMatchObject([{ because: 'budget', attempts: 2 }]);
});

test('a budget is shared between the pipelines that are given it', async () => {
  const runtime = virtualRuntime();
  const budget = retryBudget({ ratio: 0, burst: 3 });
  const lines = ['a', 'b'].map((name) =>
    pipeline(name, [retry({ attempts: 5, backoff: constant(1), budget })], { idempotent: true, runtime }),
  );
  const work = failsTimes(99, 'done');
  await runtime.time.until(Promise.all(lines.map((line) => line.outcome(work))));
  expect(work.calls).toBe(2 + 3);
});

test('does not begin a wait that the deadline would cut off', async () => {
  const runtime = virtualRuntime();
  const line = pipeline('api', [timeout('1s'), retry({ backoff: constant('2s') })], {
    idempotent: true,
    runtime,
  });
  const error = new Error('mine');
  expect(await line.outcome(failsTimes(9, 'done', error))).toEqual({ ok: false, error });
  expect(runtime.time.now()).toBe(0);
  expect(runtime.recorder.of('retry.stopped')).toMatchObject([{ because: 'deadline' }]);
});

test('an abort ends the wait at once, and no attempt follows', async () => {
  const { time, line } = setUp({ backoff: constant('1h') });
  const controller = new AbortController();
  const work = failsTimes(9, 'done');
  const call = line.run(work, { signal: controller.signal }).catch((reason: unknown) => reason);
  await time.advance(10);
  controller.abort('enough');
  expect(await call).toBe('enough');
  expect(time.pendingTimers).toBe(0);
  await time.advance(7_200_000);
  expect(work.calls).toBe(1);
});

test('no attempt follows where the work itself made its caller give up, even without a back-off', async () => {
  for (const within of [[], [timeout(1_000)]]) {
    const runtime = virtualRuntime();
    const line = pipeline('api', [retry({ backoff: constant(0) }), ...within], { idempotent: true, runtime });
    const controller = new AbortController();
    let calls = 0;
    const work = () => {
      calls++;
      controller.abort('enough');
      throw new Error('down');
    };
    await expect(line.run(work, { signal: controller.signal })).rejects.toBe('enough');
    expect(calls).toBe(1);
    expect(runtime.time.pendingTimers).toBe(0);
  }
});

test('keeps to the pause that the other side asks for, in an error or in a response', async () => {
  const { time, line } = setUp({
    attempts: 2,
    backoff: constant(1),
    onResult: (value) => (value as Response).status === 429,
  });
  await time.until(line.run(failsTimes(1, 'done', Object.assign(new Error('busy'), { retryAfterMs: 700 }))));
  expect(time.now()).toBe(700);
  const answers = [new Response('', { status: 429, headers: { 'retry-after': '3' } }), new Response('ok')];
  const answer = await time.until(line.run(() => answers.shift()!));
  expect(answer.status).toBe(200);
  expect(time.now()).toBe(3_700);
});

test('reads a date in Retry-After against the date of the answer', async () => {
  const { time, line } = setUp({ attempts: 2, backoff: constant(1), onResult: (value) => value === first });
  const headers = { 'retry-after': 'Tue, 24 Nov 2026 10:00:05 GMT', date: 'Tue, 24 Nov 2026 10:00:00 GMT' };
  const first = new Response('', { status: 503, headers });
  const answers = [first, new Response('ok')];
  await time.until(line.run(() => answers.shift()!));
  expect(time.now()).toBe(5_000);
});

test('does not wait for a pause that is longer than it may be', async () => {
  const { time, line } = setUp({ maxRetryAfter: '10s' });
  const busy = Object.assign(new Error('busy'), { retryAfterMs: 11_000 });
  expect(await line.outcome(failsTimes(1, 'done', busy))).toEqual({ ok: false, error: busy });
  expect(time.now()).toBe(0);
});

test('begins no attempt after the longest time', async () => {
  const { time, line } = setUp({ attempts: 100, backoff: constant('1s'), maxElapsed: '3500ms' });
  const work = failsTimes(99, 'done');
  await time.until(line.outcome(work));
  expect(work.calls).toBe(4);
});

test('lets go of a response that it throws away', async () => {
  const { time, line } = setUp({ attempts: 2, backoff: constant(1), onResult: (value) => value === bad });
  let cancelled = false;
  const stream = new ReadableStream({ cancel: () => void (cancelled = true) });
  const bad = new Response(stream, { status: 503 });
  const answers = [bad, new Response('ok')];
  await time.until(line.run(() => answers.shift()!));
  expect(cancelled).toBe(true);
});

test('nested retries do not multiply: only the outermost tries again once it does', async () => {
  const runtime = virtualRuntime();
  const make = (name: string) =>
    pipeline(name, [retry({ attempts: 4, backoff: constant(1) })], { idempotent: true, runtime });
  const [outer, middle, inner] = [make('outer'), make('middle'), make('inner')];
  const work = failsTimes(999, 'done');
  await runtime.time.until(outer.outcome(() => middle.run(() => inner.run(work))));
  expect(work.calls).toBeLessThanOrEqual(10);
});

test('asks for a key where the work is not idempotent, and gives it to every attempt', async () => {
  const runtime = virtualRuntime();
  const line = pipeline('charge', [retry({ attempts: 2, backoff: constant(1) })], { runtime });
  const unkeyed = line as unknown as { run: (work: () => Promise<string>) => Promise<string> };
  await expect(unkeyed.run(() => Promise.resolve('charged'))).rejects.toMatchObject({ code: 'KEY_REQUIRED' });
  const keys: (string | undefined)[] = [];
  await runtime.time.until(
    line.outcome(
      ({ key }) => {
        keys.push(key);
        return Promise.reject(new Error('no'));
      },
      { key: 'order-7' },
    ),
  );
  expect(keys).toEqual(['order-7', 'order-7']);
});

test('gives each attempt a signal of its own', async () => {
  const runtime = virtualRuntime();
  const line = pipeline('api', [retry({ attempts: 2, backoff: constant(1) }), timeout(10)], {
    idempotent: true,
    runtime,
  });
  const signals: AbortSignal[] = [];
  await runtime.time.until(
    line.outcome(({ signal }) => {
      signals.push(signal);
      return hangs()(undefined as never);
    }),
  );
  expect(signals).toHaveLength(2);
  expect(signals[0]).not.toBe(signals[1]);
  expect(signals.map(({ reason }) => (reason as { code: string }).code)).toEqual(['TIMEOUT', 'TIMEOUT']);
});

test('a passed deadline is not tried again', async () => {
  const runtime = virtualRuntime();
  const line = pipeline('api', [retry({ attempts: 3, backoff: constant(1) }), deadline(20)], {
    idempotent: true,
    runtime,
  });
  const work = hangs();
  expect(await runtime.time.until(line.outcome(work))).toMatchObject({
    error: { code: 'DEADLINE_EXCEEDED' },
  });
  expect(work.calls).toBe(1);
});
