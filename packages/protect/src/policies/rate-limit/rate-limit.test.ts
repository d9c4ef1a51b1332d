import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { pipeline } from '../../pipeline.ts';
import { virtualRuntime } from '../../testing/index.ts';
import { timeout } from '../timeout/index.ts';
import { rateLimit, RateLimitedError, type RateLimitOptions } from './index.ts';

function setUp(options: RateLimitOptions) {
  const runtime = virtualRuntime();
  const policy = rateLimit(options);
  const line = pipeline('mail', [policy], { runtime });
  /** How many of `calls` pass now. */
  const pass = async (calls: number, tenant?: string) => {
    const outcomes = Array.from({ length: calls }, () => line.outcome(() => 'sent', { tenant }));
    return (await Promise.all(outcomes)).filter(({ ok }) => ok).length;
  };
  return {
    runtime,
    time: runtime.time,
    recorder: runtime.recorder,
    line,
    machine: line.machine(policy),
    pass,
  };
}

describe.each(['token-bucket', 'sliding-window'] as const)('a rate limit by %s', (algorithm) => {
  it('lets as many pass as it may, the first and the last allowed, and no more', async () => {
    const { pass } = setUp({ limit: 5, per: '1s', algorithm });
    expect(await pass(4)).toBe(4);
    expect(await pass(2)).toBe(1);
  });

  it('refuses with its own error, which tells when to come again, truthfully', async () => {
    const { line, time, pass, recorder } = setUp({ limit: 4, per: '1s', algorithm });
    await pass(4);
    await time.advance(100);
    const error = await line.run(() => 'sent').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ code: 'RATE_LIMITED', policy: 'rate-limit', pipeline: 'mail' });
    const { retryAfterMs } = error as { retryAfterMs: number };
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(recorder.of('rate-limit.rejected')).toMatchObject([{ retryAfterMs }]);
    await time.advance(retryAfterMs - 1);
    expect(await pass(1)).toBe(0);
    await time.advance(1);
    expect(await pass(1)).toBe(1);
  });

  it('lets all pass again after an idle time, and not more than all', async () => {
    const { pass, time } = setUp({ limit: 5, per: '1s', algorithm });
    await pass(5);
    await time.advance(3_600_000);
    expect(await pass(10)).toBe(5);
  });

  it('gives each key a limit of its own, and those without one a common one', async () => {
    const { pass } = setUp({ limit: 2, algorithm, key: ({ tenant }) => tenant });
    expect([await pass(3, 'a'), await pass(3, 'b'), await pass(3), await pass(1)]).toEqual([2, 2, 2, 0]);
  });

  it('remembers no more keys than it may: the one unused for longest is forgotten', async () => {
    const { pass, machine } = setUp({ limit: 1, algorithm, key: ({ tenant }) => tenant, maxKeys: 2 });
    await pass(1, 'a');
    await pass(1, 'b');
    await pass(1, 'a');
    await pass(1, 'c');
    expect(machine.keys).toBe(2);
    expect([await pass(1, 'a'), await pass(1, 'b')]).toEqual([0, 1]);
  });

  it('brings no place back when the clock jumps backwards', async () => {
    const { machine } = setUp({ limit: 2, per: 1_000, algorithm });
    const limiter = machine.of(undefined);
    expect([limiter.take(10_000, 1, 0), limiter.take(10_000, 1, 0)]).toEqual([0, 0]);
    expect(limiter.take(5_000, 1, 0)).toBeLessThan(0);
    expect(limiter.take(10_000, 1, 0)).toBeLessThan(0);
  });

  it('is at rest once nothing is used', async () => {
    const { line, pass, time } = setUp({ limit: 2, per: '1s', algorithm });
    expect(line.atRest).toBe(true);
    await pass(1);
    expect(line.atRest).toBe(false);
    await time.advance(2_000);
    expect(line.atRest).toBe(true);
  });

  it('never allows a cost above the limit', () => {
    const { machine } = setUp({ limit: 2, algorithm });
    expect(machine.of(undefined).take(0, 3, Infinity)).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe('a token bucket', () => {
  it('holds the rate on average, and its burst at once', async () => {
    const { pass, time } = setUp({ limit: 10, per: '1s', burst: 3 });
    expect(await pass(5)).toBe(3);
    let passed = 0;
    for (let ms = 0; ms < 10_000; ms += 10) {
      await time.advance(10);
      passed += await pass(1);
    }
    expect(passed).toBe(100);
  });

  it('has calls wait for their turn, evenly spaced, as long as they may', async () => {
    const { line, time } = setUp({ limit: 10, per: '1s', burst: 1, maxWait: 250 });
    const sentAt: number[] = [];
    const calls = Array.from({ length: 5 }, () => line.outcome(() => sentAt.push(time.now())));
    await time.advance(1_000);
    expect(sentAt).toEqual([0, 100, 200]);
    expect((await Promise.all(calls)).map(({ ok }) => ok)).toEqual([true, true, true, false, false]);
  });

  it('gives the turn of one who gave up to who comes next, and leaves nothing behind', async () => {
    const { line, time } = setUp({ limit: 10, per: '1s', burst: 1, maxWait: 150 });
    await line.run(() => 'sent');
    const controller = new AbortController();
    const waiting = line.run(() => 'sent', { signal: controller.signal }).catch((reason: unknown) => reason);
    controller.abort('enough');
    expect(await waiting).toBe('enough');
    expect(time.pendingTimers).toBe(0);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    const next = line.run(() => time.now());
    await time.advance(100);
    expect(await next).toBe(100);
  });

  it('has a wait ended by a time-out outside', async () => {
    const runtime = virtualRuntime();
    const line = pipeline('mail', [timeout(50), rateLimit({ limit: 1, per: '1s', maxWait: '5s' })], {
      runtime,
    });
    await line.run(() => 'sent');
    const waiting = line.run(() => 'sent').catch((error: { code: string }) => error.code);
    await runtime.time.advance(50);
    expect(await waiting).toBe('TIMEOUT');
    expect(runtime.time.pendingTimers).toBe(0);
  });
});

it.each([
  [{}, /`limit`.*a whole number of at least 1, got undefined/],
  [{ limit: 0.5 }, /`limit`/],
  [{ limit: 1, per: 0 }, /`per`.*at least 1 ms/],
  [{ limit: 1, algorithm: 'leaky' }, /`algorithm`.*'token-bucket', 'sliding-window'/],
  [{ limit: 1, algorithm: 'sliding-window', maxWait: 5 }, /`algorithm`.*`token-bucket` where/],
  [{ limit: 1, rate: 5 }, /keys among/],
])('refuses %j when it is described', (options, message) => {
  expect(() => rateLimit(options as never)).toThrow(message);
});
