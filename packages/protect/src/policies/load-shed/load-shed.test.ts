import { describe, expect, it } from 'vitest';
import { OptionsError } from '../../kernel/errors.ts';
import { createRuntime } from '../../kernel/runtime.ts';
import { pipeline } from '../../pipeline.ts';
import { hangs, settle, takes, VirtualTime, virtualRuntime } from '../../testing/index.ts';
import { loadShed, LoadShedError, type LoadShedOptions } from './index.ts';
import { PressureSampler } from './pressure.ts';

function setUp(options: LoadShedOptions) {
  const runtime = virtualRuntime();
  const policy = loadShed(options);
  const line = pipeline('door', [policy], { runtime });
  return { runtime, line, time: runtime.time, machine: line.machine(policy), recorder: runtime.recorder };
}

describe('load shedding', () => {
  it('has calls wait for a place, and lets them go when none may wait any more', async () => {
    const { line, time, recorder } = setUp({ concurrency: 1, queue: 1 });
    const calls = ['first', 'second', 'third'].map((name) => line.outcome(takes(10, name, time)));
    await time.advance(100);
    const [first, second, third] = await Promise.all(calls);
    expect([first, second]).toEqual([
      { ok: true, value: 'first' },
      { ok: true, value: 'second' },
    ]);
    const { error } = third as { error: LoadShedError };
    expect(error).toBeInstanceOf(LoadShedError);
    expect(error).toMatchObject({
      code: 'LOAD_SHED',
      policy: 'load-shed',
      pipeline: 'door',
      because: 'concurrency',
    });
    expect(recorder.of('load-shed.rejected')).toMatchObject([
      { because: 'concurrency', criticality: 'CRITICAL' },
    ]);
  });

  it('has room for sixteen who wait, or four for each place, by default', async () => {
    for (const [concurrency, room] of [
      [1, 16],
      [10, 40],
    ] as const) {
      const { line, machine } = setUp({ concurrency });
      for (let i = 0; i < 100; i++) void line.outcome(hangs());
      expect(machine).toMatchObject({ running: concurrency, waiting: room });
    }
  });

  it('lets nobody wait longer than twice the interval by default', async () => {
    const { line, time, machine, recorder } = setUp({ concurrency: 1 });
    void line.outcome(hangs());
    const waiting = line.outcome(hangs(), { criticality: 'CRITICAL_PLUS' });
    await time.advance(199);
    expect(machine.waiting).toBe(1);
    await time.advance(1);
    expect(await waiting).toMatchObject({ error: { code: 'LOAD_SHED', because: 'queue-delay' } });
    expect(machine.waiting).toBe(0);
    expect(recorder.of('load-shed.rejected')).toMatchObject([{ criticality: 'CRITICAL_PLUS' }]);
  });

  it('keeps the answers of a lasting overload fast, and serves the most critical', async () => {
    const { line, time } = setUp({ concurrency: 10, target: 20 });
    const slowest = { CRITICAL_PLUS: 0, SHEDDABLE: 0 };
    const served = { CRITICAL_PLUS: 0, SHEDDABLE: 0 };
    // Ten places of 10 ms are good for one call a millisecond; twice as many come.
    for (let i = 0; i < 4_000; i++) {
      const criticality = i % 5 === 0 ? 'CRITICAL_PLUS' : 'SHEDDABLE';
      const startedAt = time.now();
      void line.run(takes(10, 'done', time), { criticality }).then(
        () => {
          served[criticality]++;
          slowest[criticality] = Math.max(slowest[criticality], time.now() - startedAt);
        },
        () => {},
      );
      await time.advance(0.5);
    }
    await time.advance(1_000);
    expect(served.CRITICAL_PLUS).toBe(800);
    expect(slowest.CRITICAL_PLUS).toBeLessThan(40);
    expect(served.SHEDDABLE).toBeGreaterThan(1_000);
    expect(slowest.SHEDDABLE).toBeLessThanOrEqual(210);
  });

  it('gives the place back of whoever waited and left, and keeps that of who runs', async () => {
    const { line, time, machine } = setUp({ concurrency: 1 });
    const running = new AbortController();
    const waiting = new AbortController();
    const first = line.outcome(hangs(), { signal: running.signal });
    const second = line.outcome(hangs(), { signal: waiting.signal });
    waiting.abort('left');
    expect(await second).toEqual({ ok: false, error: 'left' });
    expect(machine).toMatchObject({ running: 1, waiting: 0 });
    running.abort('left too');
    await first;
    await time.advance(0);
    expect(machine).toMatchObject({ running: 0, waiting: 0 });
    expect(time.pendingTimers).toBe(0);
  });

  it('ends its watch of the process with the pipeline', async () => {
    const { line, time } = setUp({ concurrency: 1, eventLoopDelay: 100 });
    expect(time.nextTimerAt).toBe(100);
    await line.close();
    expect(time.nextTimerAt).toBeUndefined();
  });

  it.each([
    {},
    { concurrency: 0 },
    { concurrency: 1, queue: -1 },
    { concurrency: 1, target: 0 },
    { concurrency: 1, queueTimeout: 0 },
    { concurrency: 1, heap: 1.5 },
    { concurrency: 1, eventLoopUtilization: 0 },
    { concurrency: 1, elu: 0.5 },
  ])('refuses options that cannot be right: %j', (options) => {
    expect(() => loadShed(options as never)).toThrow(OptionsError);
  });
});

describe('the watch of the process', () => {
  function watch(readings: { utilization: number; heap: number }) {
    const time = new VirtualTime();
    let lateMs = 0;
    const clock = { epoch: 0, now: () => time.now() + lateMs };
    const runtime = createRuntime({ clock, timers: time });
    const sampler = new PressureSampler(runtime, {
      eventLoopUtilization: () => readings.utilization,
      heapShare: () => readings.heap,
    });
    return { time, sampler, beLate: (ms: number) => (lateMs += ms) };
  }

  it('sees how late the event loop is, and forgets it within seconds', async () => {
    const { time, sampler, beLate } = watch({ utilization: 0, heap: 0.5 });
    await time.advance(100);
    expect(sampler.eventLoopDelayMs).toBe(0);
    beLate(250);
    await time.advance(100);
    expect(sampler.eventLoopDelayMs).toBe(250);
    expect(sampler.heapShare).toBe(0.5);
    await time.advance(3_000);
    expect(sampler.eventLoopDelayMs).toBeLessThan(25);
    sampler.close();
    expect(time.nextTimerAt).toBeUndefined();
  });

  it('takes the mean of how busy the event loop is', async () => {
    const readings = { utilization: 1, heap: 0 };
    const { time, sampler } = watch(readings);
    await time.advance(100);
    expect(sampler.eventLoopUtilization).toBeCloseTo(0.1);
    await time.advance(5_000);
    expect(sampler.eventLoopUtilization).toBeGreaterThan(0.95);
    sampler.close();
  });

  it('reads the platform’s own figures', async () => {
    const time = new VirtualTime();
    const sampler = new PressureSampler(createRuntime({ clock: time, timers: time }));
    await settle();
    for (const until = performance.now() + 20; performance.now() < until; );
    await time.advance(100);
    expect(sampler.heapShare).toBeGreaterThan(0);
    expect(sampler.heapShare).toBeLessThan(1);
    expect(sampler.eventLoopUtilization).toBeGreaterThan(0);
    expect(sampler.eventLoopUtilization).toBeLessThanOrEqual(1);
    sampler.close();
  });
});
