import { expect, test } from 'vitest';
import { createRuntime } from '../kernel/runtime.ts';
import { hangs, VirtualTime, virtualRuntime } from '../testing/index.ts';
import { type EndpointsOptions, endpoints, type Listing } from './index.ts';

/** Endpoints whose source answers what the test says next; an error is a failure. */
function setUp(options: Partial<EndpointsOptions> = {}) {
  const runtime = virtualRuntime();
  const askedAt: number[] = [];
  let next: Listing | Error | Promise<Listing> = { endpoints: ['http://a', 'http://b'] };
  const source = {
    name: 'registry',
    list() {
      askedAt.push(runtime.time.now());
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
  };
  const inventory = endpoints('inventory', { source, runtime, ...options });
  const known = () => inventory.set.endpoints.map(({ url }) => url);
  const answer = (listing: Listing | Error | Promise<Listing>) => {
    next = listing;
  };
  return { runtime, time: runtime.time, recorder: runtime.recorder, inventory, askedAt, known, answer };
}

test('nothing is asked before the first call, which waits for the answer', async () => {
  const { inventory, askedAt, time } = setUp();
  await time.advance(60_000);
  expect(askedAt).toEqual([]);
  const calls = [1, 2, 3].map(() => inventory.call(({ url }) => url));
  expect(await Promise.all(calls)).toHaveLength(3);
  expect(askedAt).toEqual([60_000]);
});

test('a caller who left while the source was asked is not served any more', async () => {
  const { inventory, answer, time } = setUp();
  answer(hangs()(undefined as never));
  const controller = new AbortController();
  let begun = 0;
  const calling = inventory
    .call(() => begun++, { signal: controller.signal })
    .catch((reason: unknown) => reason);
  controller.abort('left');
  await time.advance(5_000);
  expect(await calling).toBe('left');
  expect(begun).toBe(0);
});

test('it is asked again within 30 s, sooner when its answer holds for less, and each time a little off by chance', async () => {
  const { inventory, askedAt, time, answer } = setUp();
  await inventory.ready();
  await time.advance(100_000);
  const gaps = askedAt.slice(1).map((at, i) => at - askedAt[i]!);
  expect(gaps.length).toBeGreaterThanOrEqual(3);
  for (const gap of gaps) {
    expect(gap).toBeGreaterThanOrEqual(24_000);
    expect(gap).toBeLessThanOrEqual(30_000);
  }
  expect(new Set(gaps).size).toBe(gaps.length);
  answer({ endpoints: ['http://a'], freshForMs: 0 });
  await inventory.refresh();
  const before = askedAt.length;
  await time.advance(10_000);
  expect(askedAt.length - before).toBeGreaterThanOrEqual(10);
  expect(askedAt.length - before).toBeLessThanOrEqual(13);
});

test('an answer that never changes is not asked for again', async () => {
  const { inventory, askedAt, time, answer } = setUp();
  answer({ endpoints: ['http://a'], freshForMs: Infinity });
  await inventory.ready();
  await time.advance(1e9);
  expect(askedAt).toHaveLength(1);
});

test('while it fails, the last good answer is kept for its time, then nobody is known', async () => {
  const { inventory, askedAt, time, known, answer, recorder } = setUp({ keepFor: '2m' });
  await inventory.ready();
  const trouble = new Error('away');
  answer(trouble);
  await time.advance(119_999);
  expect(known()).toEqual(['http://a', 'http://b']);
  expect(await inventory.call(() => 'served')).toBe('served');
  // Again and again, less and less often, but at least as often as usual.
  const gaps = askedAt.slice(1).map((at, i) => at - askedAt[i]!);
  expect(gaps[1]).toBeLessThanOrEqual(1_000);
  expect(gaps[2]).toBeGreaterThan(1_000);
  expect(Math.max(...gaps)).toBeLessThanOrEqual(30_000);
  await time.advance(30_000);
  expect(known()).toEqual([]);
  await expect(inventory.call(() => 1)).rejects.toMatchObject({ because: 'source-failed', cause: trouble });
  answer({ endpoints: ['http://c'] });
  await time.advance(30_000);
  expect(known()).toEqual(['http://c']);
  expect(recorder.of('endpoints.source-failed').length).toBeGreaterThan(3);
  expect(recorder.of('endpoints.source-recovered')).toMatchObject([{ known: 1 }]);
});

test('one that does not answer in time has failed, hears so by its signal, and may answer late without effect', async () => {
  const runtime = virtualRuntime();
  const signals: AbortSignal[] = [];
  let late: (urls: readonly string[]) => void = () => {};
  const inventory = endpoints('inventory', {
    source: (signal) => {
      signals.push(signal);
      return new Promise<readonly string[]>((resolve) => (late = resolve));
    },
    runtime,
    sourceTimeout: '2s',
  });
  const calling = inventory.call(() => 1).catch((error: unknown) => error);
  await runtime.time.advance(2_000);
  expect(await calling).toMatchObject({ code: 'SERVER_NOT_FOUND', cause: { name: 'TimeoutError' } });
  expect(signals[0]?.aborted).toBe(true);
  late(['http://late']);
  await runtime.time.advance(1);
  expect(inventory.set.endpoints).toEqual([]);
});

test('an empty answer is believed, or taken for a failure, as it was told', async () => {
  const because = new Error('no such name');
  const believing = setUp();
  await believing.inventory.ready();
  believing.answer({ endpoints: [], because });
  await believing.inventory.refresh();
  await expect(believing.inventory.call(() => 1)).rejects.toMatchObject({
    because: 'none-known',
    cause: because,
  });

  const doubting = setUp({ empty: 'doubt' });
  await doubting.inventory.ready();
  doubting.answer({ endpoints: [], because });
  await doubting.inventory.refresh();
  expect(doubting.known()).toHaveLength(2);
  expect(doubting.recorder.of('endpoints.source-failed')).toMatchObject([{ error: because, known: 2 }]);
});

test('an answer that cannot be right is a failure, and one too long is cut', async () => {
  const { inventory, answer, known, recorder } = setUp({ maxSize: 3 });
  await inventory.ready();
  answer({ endpoints: ['http://c', 'nonsense'] });
  await inventory.refresh();
  expect(known()).toEqual(['http://a', 'http://b']);
  expect(recorder.of('endpoints.source-failed')).toMatchObject([{ error: { code: 'OPTIONS_INVALID' } }]);
  answer({ endpoints: ['1', '1', '2', '3', '4'].map((one) => `http://host${one}`) });
  await inventory.refresh();
  expect(known()).toEqual(['http://host1', 'http://host2', 'http://host3']);
  expect(recorder.of('endpoints.cut')).toMatchObject([{ listed: 4, known: 3 }]);
});

test('an ejection is a reason to ask sooner, but not all the time', async () => {
  const { inventory, askedAt, time, answer } = setUp({
    ejection: { consecutiveFailures: 1, baseTime: '1s' },
  });
  answer({ endpoints: ['http://a', 'http://b', 'http://c'] });
  await inventory.ready();
  for (let i = 0; i < 15; i++) {
    await inventory.call(() => Promise.reject(new Error('moved'))).catch(() => {});
    await time.advance(1_000);
  }
  expect(askedAt).toEqual([0, 5_000, 10_000, 15_000]);
});

test('that nobody was found is a reason to ask sooner, too', async () => {
  const { inventory, askedAt, time, answer } = setUp();
  answer({ endpoints: [] });
  await inventory.call(() => 1).catch(() => {});
  await time.advance(5_000);
  expect(askedAt).toEqual([0, 5_000]);
});

test('the last good answer is forgotten when its time is over, not later', async () => {
  const { inventory, known, time, answer } = setUp({ keepFor: '90s', refreshEvery: '1h' });
  await inventory.ready();
  answer(new Error('away'));
  await inventory.refresh();
  await time.advance(89_999);
  expect(known()).toHaveLength(2);
  await time.advance(1);
  expect(known()).toEqual([]);
});

test('closed while the source is asked, it leaves no timer and takes nothing over', async () => {
  const { inventory, time, known, answer } = setUp();
  answer(new Promise<Listing>((resolve) => void time.set(() => resolve({ endpoints: ['http://a'] }), 1_000)));
  const calling = inventory.call(() => 1).catch((error: unknown) => error);
  await time.advance(1);
  await inventory.close();
  expect(await calling).toMatchObject({ because: 'closed' });
  // The test's own.
  expect(time.nextTimerAt).toBe(1_000);
  await time.advance(1_000);
  expect(known()).toEqual([]);
  expect(time.nextTimerAt).toBeUndefined();
});

test('where timers do not run between calls, calls ask for what is due', async () => {
  const time = new VirtualTime();
  const runtime = createRuntime({ clock: time, timers: { set: () => ({ cancel() {} }) } });
  let asked = 0;
  const source = () => {
    asked++;
    return ['http://a'];
  };
  const inventory = endpoints('inventory', { source, runtime });
  for (const at of [0, 20_000, 31_000, 32_000]) {
    await time.advanceTo(at);
    await inventory.call(() => 1);
  }
  expect(asked).toBe(2);
});

test.each([undefined, null, 'http://a', [undefined], [null], [7], [{ URL: 'http://a' }]])(
  'a function that answers %j has failed, and the error says what was expected',
  async (answer) => {
    const source = () => answer as never;
    const inventory = endpoints('inventory', { source, runtime: virtualRuntime() });
    await expect(inventory.call(() => 1)).rejects.toMatchObject({
      because: 'source-failed',
      cause: { code: 'OPTIONS_INVALID' },
    });
  },
);

test('a function may answer at once or later', async () => {
  const runtime = virtualRuntime();
  const atOnce = endpoints('one', { source: () => ['http://a'], runtime });
  expect(await atOnce.call(({ url }) => url)).toBe('http://a');
  const throwing = endpoints('two', {
    source: () => {
      throw new Error('broken');
    },
    runtime,
  });
  await expect(throwing.call(() => 1)).rejects.toMatchObject({ because: 'source-failed' });
});
