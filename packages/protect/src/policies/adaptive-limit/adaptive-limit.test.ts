import { describe, expect, it } from 'vitest';
import { OptionsError } from '../../kernel/errors.ts';
import type { Policy } from '../../kernel/layer.ts';
import { pipeline } from '../../pipeline.ts';
import { hangs, takes, virtualRuntime } from '../../testing/index.ts';
import { timeout } from '../timeout/index.ts';
import { adaptiveLimit, type AdaptiveLimitOptions, LimitExceededError } from './index.ts';

function setUp(options: AdaptiveLimitOptions, ...outside: readonly Policy[]) {
  const runtime = virtualRuntime();
  const policy = adaptiveLimit(options);
  const line = pipeline('db', [...outside, policy], { idempotent: true, runtime });
  return { runtime, line, time: runtime.time, machine: line.machine(policy), recorder: runtime.recorder };
}

describe('an adaptive limit', () => {
  it('turns away what is beyond it, with its own error, and tells so', async () => {
    const { line, recorder } = setUp({ initial: 1 });
    void line.run(hangs());
    const outcome = (await line.outcome(() => 'no')) as { error: LimitExceededError };
    expect(outcome.error).toBeInstanceOf(LimitExceededError);
    expect(outcome.error).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      policy: 'adaptive-limit',
      pipeline: 'db',
      limit: 1,
    });
    expect(outcome.error.message).toBe(
      '"db" may have 1 call under way at the moment (no place is free); the call was not made.',
    );
    expect(recorder.of('adaptive-limit.rejected')).toMatchObject([{ limit: 1 }]);
  });

  it('grows while calls are as fast as ever, and tells so', async () => {
    const { line, time, machine, recorder } = setUp({ algorithm: 'aimd', initial: 2, slow: 50 });
    for (let i = 0; i < 1_000; i++) {
      const calls = Array.from({ length: machine.limit }, () => line.run(takes(10, 'done', time)));
      await time.advance(10);
      await Promise.all(calls);
    }
    expect(machine.limit).toBeGreaterThan(8);
    expect(recorder.of('adaptive-limit.changed')[0]).toMatchObject({ from: 2, limit: 3 });
  });

  it('shrinks to its least when calls time out, and never below', async () => {
    const { line, time, machine } = setUp({ initial: 20 }, timeout(100));
    for (let i = 0; i < 500; i++) {
      void line.outcome(hangs());
      await time.advance(50);
    }
    expect(machine.limit).toBe(1);
    await time.advance(1_000);
    expect(machine.running).toBe(0);
  });

  it('learns nothing from calls that failed, however fast', async () => {
    const { line, time, machine } = setUp({ initial: 20 });
    for (let i = 0; i < 5_000; i++) {
      await line.outcome(() => Promise.reject(new Error('refused')));
      await time.advance(1);
    }
    expect(machine.limit).toBe(20);
  });

  it.each([
    { isDropped: (error: unknown) => (error as Error).message === '503' },
    { isDroppedResult: (value: unknown) => value === 503 },
  ])('shrinks on what the user calls dropped: %j', async (options) => {
    const { line, time, machine } = setUp({ initial: 20, ...options });
    for (let i = 0; i < 100; i++) {
      await line.outcome(() => ('isDropped' in options ? Promise.reject(new Error('503')) : 503));
      await time.advance(100);
    }
    expect(machine.limit).toBeLessThan(15);
  });

  it('gives the place back when the user’s own function throws', async () => {
    const broken = () => {
      throw new Error('predicate');
    };
    const { line, machine } = setUp({ isDropped: broken, isDroppedResult: broken });
    await expect(line.run(() => 'value')).rejects.toThrow('predicate');
    await expect(line.run(() => Promise.reject(new Error('work')))).rejects.toThrow('predicate');
    expect(machine.running).toBe(0);
  });

  it('has the most critical of those who wait go first', async () => {
    const { line, time } = setUp({ initial: 1, queue: 2 });
    const done: string[] = [];
    const call = (criticality: string) =>
      line.run(takes(10, 'done', time), { criticality }).then(
        () => done.push(criticality),
        () => done.push(`not ${criticality}`),
      );
    const calls = ['CRITICAL', 'SHEDDABLE', 'SHEDDABLE_PLUS', 'CRITICAL_PLUS'].map(call);
    await time.advance(100);
    await Promise.all(calls);
    expect(done).toEqual(['not SHEDDABLE', 'CRITICAL', 'CRITICAL_PLUS', 'SHEDDABLE_PLUS']);
  });

  it('measures from when a call was let go on, not from when it came', async () => {
    const { line, time, machine } = setUp({ algorithm: 'aimd', slow: 15, initial: 1, most: 1, queue: 100 });
    const calls = Array.from({ length: 100 }, () => line.run(takes(10, 'done', time)));
    await time.advance(990);
    expect(machine.limit).toBe(1);
    await time.advance(10);
    await Promise.all(calls);
  });

  it('ends a wait at its time limit, and at the caller’s wish', async () => {
    const { line, time, machine } = setUp({ initial: 1, queue: 2, queueTimeout: 50 });
    void line.run(hangs());
    const waiting = line.outcome(() => 'too late');
    const controller = new AbortController();
    const leaving = line.outcome(() => 'gone', { signal: controller.signal });
    expect(machine.waiting).toBe(2);
    controller.abort('bye');
    expect(await leaving).toEqual({ ok: false, error: 'bye' });
    await time.advance(50);
    expect(await waiting).toMatchObject({ error: { code: 'LIMIT_EXCEEDED', because: 'queue-timeout' } });
    expect(machine.waiting).toBe(0);
  });

  it('by PID refuses the least critical at once under overload', async () => {
    const { line, time, machine } = setUp({ algorithm: 'pid', initial: 4, most: 4 });
    const refused = { SHEDDABLE: 0, CRITICAL_PLUS: 0 };
    for (let i = 0; i < 4_000; i++) {
      const criticality = i % 2 === 0 ? 'SHEDDABLE' : 'CRITICAL_PLUS';
      line.run(takes(i < 2_000 ? 3 : 6, 'done', time), { criticality }).catch(() => {
        if (i > 3_000) refused[criticality]++;
      });
      await time.advance(1);
    }
    expect(machine.rejectedShare).toBeGreaterThan(0.1);
    expect(refused.SHEDDABLE).toBeGreaterThan(4 * refused.CRITICAL_PLUS);
    await time.advance(100);
    expect(machine.running).toBe(0);
  });

  it.each(['vegas', 'gradient2', 'aimd', 'envoy-gradient', 'pid'] as const)(
    '%s leaves a lone caller alone, for hours',
    async (algorithm) => {
      const { line, time } = setUp({ algorithm });
      for (let i = 0; i < 2_000; i++) {
        const calling = line.run(takes(5 + (i % 7), i, time));
        await time.advance(5_000);
        expect(await calling).toBe(i);
      }
      expect(time.pendingTimers).toBe(0);
    },
  );
});

describe('the options of an adaptive limit', () => {
  it.each([
    { algorithm: 'tcp' },
    { least: 0 },
    { least: 10, most: 5 },
    { initial: 0 },
    { initial: 10, most: 5 },
    { window: 0 },
    { queue: -1 },
    { slow: 100 },
    { algorithm: 'aimd', probeEvery: 100 },
    { algorithm: 'envoy-gradient', probeConcurrency: 0 },
    { limit: 5 },
  ])('are refused when they cannot be right: %j', (options) => {
    expect(() => adaptiveLimit(options as never)).toThrow(OptionsError);
  });

  it('may raise the least above the usual begin', () => {
    const { machine } = setUp({ least: 300 });
    expect(machine.limit).toBe(300);
  });
});
