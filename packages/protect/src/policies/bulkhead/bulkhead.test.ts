import { expect, test } from 'vitest';
import { pipeline } from '../../pipeline.ts';
import { hangs, settle, takes, virtualRuntime } from '../../testing/index.ts';
import { hedge } from '../hedge/index.ts';
import { constant, retry } from '../retry/index.ts';
import { timeout } from '../timeout/index.ts';
import { bulkhead, type BulkheadOptions } from './index.ts';

function setUp(options: BulkheadOptions) {
  const runtime = virtualRuntime();
  const policy = bulkhead(options);
  const line = pipeline('db', [policy], { runtime });
  const begun: string[] = [];
  /** A call that notes when it begins, and takes 10 ms. */
  const call = (name: string, more: { tenant?: string; criticality?: string; signal?: AbortSignal } = {}) =>
    line.run((attempt) => {
      begun.push(name);
      return takes(10, name, runtime.time)(attempt);
    }, more);
  return { runtime, time: runtime.time, line, machine: line.machine(policy), begun, call };
}

test('runs no more than it may, lets some wait, and turns the rest away', async () => {
  const { call, machine, begun, time } = setUp({ concurrency: 2, queue: 1 });
  const calls = ['a', 'b', 'c', 'd'].map((name) => call(name).catch((error: { code: string }) => error.code));
  expect([machine.running, machine.waiting]).toEqual([2, 1]);
  await time.advance(20);
  expect(await Promise.all(calls)).toEqual(['a', 'b', 'c', 'BULKHEAD_FULL']);
  expect(begun).toEqual(['a', 'b', 'c']);
  expect([machine.running, machine.waiting]).toEqual([0, 0]);
});

test('hands a free place to who waits: a later call cannot slip in', async () => {
  const { line, call, begun, time } = setUp({ concurrency: 1, queue: 5 });
  const first = line.run(() => takes(10, 'first', time)({ signal: new AbortController().signal } as never));
  const waiting = call('waiting');
  const late = first.then(() => call('late'));
  await time.advance(30);
  await Promise.all([first, waiting, late]);
  expect(begun).toEqual(['waiting', 'late']);
});

test('an abort while waiting frees the place in the queue at once', async () => {
  const { call, machine, time } = setUp({ concurrency: 1, queue: 1 });
  const running = call('running');
  const controller = new AbortController();
  const waiting = call('waiting', { signal: controller.signal }).catch((reason: unknown) => reason);
  controller.abort('left');
  expect(machine.waiting).toBe(0);
  expect(await waiting).toBe('left');
  const next = call('next');
  await time.advance(20);
  expect(await Promise.all([running, next])).toEqual(['running', 'next']);
});

test('nobody waits longer than the longest wait', async () => {
  const { line, call, time, machine } = setUp({ concurrency: 1, queue: 5, queueTimeout: 50 });
  const controller = new AbortController();
  const holding = line.run(hangs(), { signal: controller.signal }).catch(() => {});
  const waiting = call('waiting').catch((error: unknown) => error);
  await time.advance(50);
  expect(await waiting).toMatchObject({ code: 'BULKHEAD_FULL', because: 'queue-timeout' });
  expect(machine.waiting).toBe(0);
  controller.abort();
  await holding;
});

test('serves the most critical first, and lets the least critical go when full', async () => {
  const { call, begun, time } = setUp({ concurrency: 1, queue: 3, order: 'priority' });
  const calls = [
    call('running'),
    call('sheddable', { criticality: 'SHEDDABLE' }),
    call('usual'),
    call('plus', { criticality: 'SHEDDABLE_PLUS' }),
    call('vital', { criticality: 'CRITICAL_PLUS' }),
  ].map((outcome) => outcome.catch((error: { code: string }) => error.code));
  await time.advance(60);
  expect(begun).toEqual(['running', 'vital', 'usual', 'plus']);
  expect(await calls[1]).toBe('BULKHEAD_FULL');
});

test('serves each tenant in turn, by weight', async () => {
  const weight = (tenant: string) => (tenant === 'big' ? 2 : 1);
  const { call, begun, time } = setUp({ concurrency: 1, queue: 20, order: 'fair', weight });
  const names = ['running', 'big1', 'big2', 'big3', 'big4', 'small1', 'small2'];
  const calls = names.map((name) => call(name, { tenant: name.replace(/\d/, '') }));
  await time.advance(100);
  await Promise.all(calls);
  expect(begun).toEqual(['running', 'big1', 'big2', 'small1', 'big3', 'big4', 'small2']);
});

test('turns to the newest first once the queue is more than half full', async () => {
  const { call, begun, time } = setUp({ concurrency: 1, queue: 4, order: 'adaptive-lifo' });
  const calls = ['running', 'a', 'b', 'c', 'd'].map((name) => call(name));
  await time.advance(100);
  await Promise.all(calls);
  expect(begun).toEqual(['running', 'd', 'c', 'a', 'b']);
});

test.each([
  ['release', 0],
  ['hold', 1],
] as const)('the place of abandoned work: %s', async (abandoned, running) => {
  const runtime = virtualRuntime();
  const policy = bulkhead({ concurrency: 1, abandoned });
  const line = pipeline('db', [policy, timeout(10)], { runtime });
  let end = () => {};
  const call = line.run(() => new Promise<void>((resolve) => (end = resolve))).catch(() => {});
  await runtime.time.advance(10);
  await call;
  expect(line.machine(policy).running).toBe(running);
  expect(line.atRest).toBe(running === 0);
  end();
  await settle();
  expect(line.machine(policy).running).toBe(0);
});

test('a queued call goes on in the context of its caller, not of who made way', async () => {
  const { AsyncLocalStorage } = await import('node:async_hooks');
  const storage = new AsyncLocalStorage<string>();
  const { line, time } = setUp({ concurrency: 1, queue: 1 });
  const first = storage.run('first', () => line.run((attempt) => takes(10, '', time)(attempt)));
  const second = storage.run('second', () => line.run(() => storage.getStore()));
  await time.advance(10);
  await first;
  expect(await second).toBe('second');
});

test('a held place waits for the work that was abandoned in it, and for none of before or elsewhere', async () => {
  const runtime = virtualRuntime();
  const { time } = runtime;
  const [inner, outer] = [
    bulkhead({ concurrency: 5, abandoned: 'hold' }),
    bulkhead({ concurrency: 5, abandoned: 'hold' }),
  ];
  const line = pipeline('db', [outer, retry({ attempts: 3, backoff: constant(1) }), inner, timeout(10)], {
    idempotent: true,
    runtime,
  });
  const [innerPlaces, outerPlaces] = [line.machine(inner), line.machine(outer)];
  let attempts = 0;
  // The first attempt goes on for 100 ms, the second for 50 ms; neither listens. The third succeeds at once.
  const work = (): string | Promise<string> => {
    attempts++;
    if (attempts === 3) return 'done';
    return new Promise((resolve) => time.set(() => resolve('late'), attempts === 1 ? 100 : 50));
  };
  expect(await time.until(line.run(work))).toBe('done');
  expect(time.now()).toBe(22);
  expect([innerPlaces.running, outerPlaces.running]).toEqual([2, 1]);
  await time.advance(40);
  expect([innerPlaces.running, outerPlaces.running]).toEqual([1, 1]);
  await time.advance(40);
  expect([innerPlaces.running, outerPlaces.running]).toEqual([0, 0]);
});

test('a held place waits for the losers of a hedge too', async () => {
  const runtime = virtualRuntime();
  const { time } = runtime;
  const places = bulkhead({ concurrency: 5, abandoned: 'hold' });
  const line = pipeline('db', [places, hedge({ after: 10, budget: 1 })], { idempotent: true, runtime });
  for (const firstWins of [true, false]) {
    let attempts = 0;
    const work = () =>
      new Promise<number>((resolve) => {
        const wins = (++attempts === 1) === firstWins;
        time.set(() => resolve(attempts), wins ? 20 : 100);
      });
    await time.until(line.run(work));
    expect(attempts).toBe(2);
    expect(line.machine(places).running).toBe(1);
    await time.advance(100);
    expect(line.machine(places).running).toBe(0);
  }
});

const badWeight = (): number => {
  throw new Error('weight');
};

test.each([
  [badWeight, ['ran', 'weight', 'weight']],
  [() => Number.NaN, ['ran', 'ran', 'ran']],
  [() => -1, ['ran', 'ran', 'ran']],
])('a weight that is none costs no place: %s', async (weight, expected) => {
  const { call, machine, time } = setUp({ concurrency: 1, queue: 5, order: 'fair', weight });
  const calls = ['x', 'x', 'y'].map((tenant) =>
    call('call', { tenant }).then(
      () => 'ran',
      (error: Error) => error.message,
    ),
  );
  await time.advance(100);
  expect(await Promise.all(calls)).toEqual(expected);
  expect([machine.running, machine.waiting]).toEqual([0, 0]);
});
