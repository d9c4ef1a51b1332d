import { describe, expect, it } from 'vitest';
import { OptionsError } from '../../kernel/errors.ts';
import type { Policy } from '../../kernel/layer.ts';
import { pipeline } from '../../pipeline.ts';
import { failsTimes, hangs, takes, virtualRuntime } from '../../testing/index.ts';
import { bulkhead } from '../bulkhead/index.ts';
import { timeout } from '../timeout/index.ts';
import { ThrottledError, throttle, type ThrottleOptions } from './index.ts';

function setUp(options: ThrottleOptions = {}, ...within: readonly Policy[]) {
  const runtime = virtualRuntime();
  const policy = throttle(options);
  const line = pipeline('stock', [policy, ...within], { idempotent: true, runtime });
  return { runtime, line, time: runtime.time, machine: line.machine(policy), recorder: runtime.recorder };
}

const fails = () => Promise.reject(new Error('503'));

describe('a throttle', () => {
  it('holds nothing back while calls are accepted', async () => {
    const { line, machine, recorder } = setUp();
    for (let i = 0; i < 1_000; i++) expect(await line.run(() => i)).toBe(i);
    expect(machine.requests).toBe(1_000);
    expect(machine.accepts).toBe(1_000);
    expect(recorder.of('throttle.rejected')).toEqual([]);
  });

  it('holds nothing back while less than half is turned away', async () => {
    const { line, machine } = setUp();
    for (let i = 0; i < 1_000; i++) await line.outcome(i % 2 === 0 ? () => 'yes' : fails);
    expect(machine.requests).toBe(1_000);
  });

  it('holds calls back with its own error when nearly all are turned away, and tells so', async () => {
    const { line, recorder } = setUp();
    const outcomes = [];
    for (let i = 0; i < 200; i++) outcomes.push(await line.outcome(fails));
    const held = outcomes.filter((outcome) => !outcome.ok && outcome.error instanceof ThrottledError);
    expect(held.length).toBeGreaterThan(100);
    const { error } = held.at(-1) as { error: ThrottledError };
    expect(error).toMatchObject({
      code: 'THROTTLED',
      policy: 'throttle',
      pipeline: 'stock',
      probability: 0.95,
    });
    expect(error.message).toBe(
      '"stock" holds back 95 % of its calls, since the other side turned away most of the last ones; this call was not made.',
    );
    expect(recorder.of('throttle.rejected')).toHaveLength(held.length);
  });

  it('holds nothing back on too few calls', async () => {
    const { line } = setUp({ minimumCalls: 50 });
    const work = failsTimes(1_000, 'never');
    for (let i = 0; i < 50; i++) await line.outcome(work);
    expect(work.calls).toBe(50);
  });

  it('finds out that the other side is well again', async () => {
    const { line, time } = setUp({ window: '10s' });
    const send = async (work: () => unknown, times: number) => {
      let made = 0;
      for (let i = 0; i < times; i++) {
        await line.outcome(() => {
          made++;
          return work();
        });
        await time.advance(10);
      }
      return made;
    };
    await send(fails, 2_000);
    expect(await send(fails, 1_000)).toBeLessThan(100);
    await send(() => 'well', 3_000);
    expect(await send(() => 'well', 1_000)).toBe(1_000);
  });

  it('does not take calls that are still under way for calls turned away', async () => {
    const { line, time } = setUp();
    const calls = Array.from({ length: 1_000 }, () => line.run(takes(500, 'slow', time)));
    await time.advance(500);
    expect(await Promise.all(calls)).toHaveLength(1_000);
  });

  it('forgets what lies before its window', async () => {
    const { line, time, machine } = setUp({ window: '10s' });
    for (let i = 0; i < 100; i++) await line.outcome(fails);
    await time.advance(10_000);
    expect(machine.probability(time.now())).toBe(0);
    expect(machine.requests).toBe(0);
  });
});

describe('what a throttle counts', () => {
  it('is not a call that its caller gave up', async () => {
    const { line, machine, time } = setUp();
    const controller = new AbortController();
    const calling = line.outcome(hangs(), { signal: controller.signal });
    controller.abort('left');
    await calling;
    await time.advance(0);
    expect(machine.requests).toBe(0);
  });

  it('is a call that a time-out ended, inside or outside', async () => {
    for (const outside of [true, false]) {
      const runtime = virtualRuntime();
      const policy = throttle();
      const limit = timeout(100);
      const line = pipeline('stock', outside ? [limit, policy] : [policy, limit], { runtime });
      const calling = line.outcome(hangs());
      await runtime.time.advance(100);
      await calling;
      expect(line.machine(policy)).toMatchObject({ requests: 1, accepts: 0 });
    }
  });

  it('is no refusal by a policy within', async () => {
    const { line, machine } = setUp({}, bulkhead({ concurrency: 1 }));
    void line.run(hangs());
    expect(await line.outcome(() => 'no place')).toMatchObject({ error: { code: 'BULKHEAD_FULL' } });
    expect(machine.requests).toBe(0);
  });

  it('is for the user to say', async () => {
    const { line, machine } = setUp({
      isRejected: (error) => (error as Error).message === '429',
      isRejectedResult: (value) => value === 503,
    });
    await line.outcome(fails);
    await line.run(() => 200);
    expect(machine).toMatchObject({ requests: 2, accepts: 2 });
    await line.outcome(() => Promise.reject(new Error('429')));
    await line.run(() => 503);
    expect(machine).toMatchObject({ requests: 4, accepts: 2 });
  });
});

it('does not count the limit of a call further out, handed on by its signal', async () => {
  const { line, machine, runtime, time } = setUp();
  const outer = pipeline('page', [timeout(10)], { runtime });
  const calling = outer.outcome(({ signal }) => line.run(hangs(), { signal, key: 'k' }));
  await time.advance(10);
  await calling;
  expect(machine.requests).toBe(0);
});

describe('the options of a throttle', () => {
  it.each([{ k: 0.9 }, { window: 0 }, { minimumCalls: 0 }, { rejectionMax: 1.1 }, { K: 2 }])(
    'are refused when they cannot be right: %j',
    (options) => {
      expect(() => throttle(options as never)).toThrow(OptionsError);
    },
  );
});
