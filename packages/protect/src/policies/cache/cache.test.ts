import { describe, expect, it } from 'vitest';
import { pipeline } from '../../pipeline.ts';
import { failsTimes, settle, takes, virtualRuntime } from '../../testing/index.ts';
import { circuitBreaker } from '../circuit-breaker/index.ts';
import { deadline } from '../deadline/index.ts';
import { rateLimit } from '../rate-limit/index.ts';
import { cache, type CacheOptions } from './index.ts';

function setUp(options: CacheOptions) {
  const runtime = virtualRuntime();
  const policy = cache(options);
  const line = pipeline('product', [policy], { runtime });
  let made = 0;
  /** A new value each time. */
  const work = () => ++made;
  const get = (cacheKey?: string) => line.run(work, { cacheKey });
  return {
    runtime,
    time: runtime.time,
    recorder: runtime.recorder,
    line,
    machine: line.machine(policy),
    get,
    get made() {
      return made;
    },
  };
}

const down = () => Promise.reject(new Error('down'));

describe('a cache', () => {
  it('serves a value until its time is over, and not a millisecond longer', async () => {
    const { get, time, recorder } = setUp({ ttl: 100 });
    expect(await get('a')).toBe(1);
    await time.advance(99);
    expect(await get('a')).toBe(1);
    await time.advance(1);
    expect(await get('a')).toBe(2);
    expect(recorder.of('cache.hit')).toMatchObject([{ ageMs: 99 }]);
    expect(recorder.of('cache.miss').map(({ expired }) => expired)).toEqual([false, true]);
  });

  it('counts the time from when the value came, not from when it was asked for', async () => {
    const { line, time } = setUp({ ttl: 100 });
    const work = takes(80, 'value', time);
    const first = line.run(work, { cacheKey: 'a' });
    await time.advance(80);
    await first;
    await time.advance(90);
    await line.run(work, { cacheKey: 'a' });
    expect(work.calls).toBe(1);
  });

  it('keeps keys apart, and leaves calls without a key out', async () => {
    const { get, machine } = setUp({ ttl: 100 });
    expect([await get('a'), await get('b'), await get(), await get(), await get('a')]).toEqual([
      1, 2, 3, 4, 1,
    ]);
    expect(machine.size).toBe(2);
  });

  it('takes the key from what it is told to', async () => {
    const { line, machine } = setUp({ ttl: 100, key: ({ tenant }) => tenant });
    await line.run(() => 'x', { tenant: 't', cacheKey: 'ignored' });
    expect(machine.get('t')?.value).toBe('x');
    expect(machine.get('ignored')).toBeUndefined();
  });

  it.each([undefined, null, 0, '', false])('remembers %j as any value', async (value) => {
    const { line } = setUp({ ttl: 100 });
    const work = failsTimes(0, value);
    await line.run(work, { cacheKey: 'a' });
    expect(await line.run(work, { cacheKey: 'a' })).toBe(value);
    expect(work.calls).toBe(1);
  });

  it('remembers no error', async () => {
    const { line, get, machine } = setUp({ ttl: 100 });
    await line.outcome(down, { cacheKey: 'a' });
    expect(machine.size).toBe(0);
    expect(await get('a')).toBe(1);
  });

  it('remembers only what is worth it', async () => {
    const { get } = setUp({ ttl: 100, keep: (value) => value !== 1 });
    expect([await get('a'), await get('a'), await get('a')]).toEqual([1, 2, 2]);
  });

  it('fails the call, and remembers nothing, when the function that judges values throws', async () => {
    const { line, machine } = setUp({
      ttl: 100,
      keep() {
        throw new Error('no judgement');
      },
    });
    await expect(line.run(() => 1, { cacheKey: 'a' })).rejects.toThrow('no judgement');
    expect(machine.size).toBe(0);
  });

  it('forgets what was unused for longest when it is full', async () => {
    const { get, machine } = setUp({ ttl: 100, maxEntries: 2 });
    await get('a');
    await get('b');
    await get('a');
    await get('c');
    expect(machine.size).toBe(2);
    expect(await get('a')).toBe(1);
    expect(await get('b')).toBe(4);
  });

  it('forgets by hand, a key or all', async () => {
    const { get, machine } = setUp({ ttl: 100 });
    await get('a');
    await get('b');
    machine.delete('a');
    expect([await get('a'), await get('b')]).toEqual([3, 2]);
    machine.clear();
    expect(await get('b')).toBe(4);
  });

  it('is not told an old value by calls that were under way when it was forgotten', async () => {
    const { line, time, machine } = setUp({ ttl: 100, staleWhileRevalidate: 100 });
    const old = takes(10, 'old', time);
    const asked = line.run(old, { cacheKey: 'a' });
    machine.delete('a');
    await time.advance(10);
    expect(await asked).toBe('old');
    expect(machine.get('a')).toBeUndefined();

    await line.run(() => 'older', { cacheKey: 'a' });
    await time.advance(100);
    expect(await line.run(old, { cacheKey: 'a' })).toBe('older');
    machine.clear();
    await time.advance(10);
    expect(machine.get('a')).toBeUndefined();
  });

  it('answers without what lies within: a hit takes no turn of a rate limit', async () => {
    const runtime = virtualRuntime();
    const line = pipeline('product', [cache({ ttl: 100 }), rateLimit({ limit: 1 })], { runtime });
    for (let i = 0; i < 5; i++) expect(await line.run(() => 'value', { cacheKey: 'a' })).toBe('value');
  });
});

describe('stale while revalidate', () => {
  const options = { ttl: 100, staleWhileRevalidate: 50 };

  it('serves the old value at once and refreshes it once, however many ask', async () => {
    const { line, time, recorder, machine } = setUp(options);
    await line.run(() => 'old', { cacheKey: 'a' });
    await time.advance(100);
    const refresh = takes(10, 'new', time);
    const served = Array.from({ length: 50 }, () => line.run(refresh, { cacheKey: 'a' }));
    expect(new Set(await Promise.all(served))).toEqual(new Set(['old']));
    expect(refresh.calls).toBe(1);
    expect(recorder.of('cache.stale-served')[0]).toMatchObject({ ageMs: 100, because: 'revalidating' });
    await time.advance(10);
    expect(machine.get('a')).toEqual({ value: 'new', at: 110 });
    expect(await line.run(refresh, { cacheKey: 'a' })).toBe('new');
    expect(refresh.calls).toBe(1);
  });

  it('tells a refresh that fails as an event, and tries again at the next call', async () => {
    const { line, get, time, recorder } = setUp(options);
    await get('a');
    await time.advance(100);
    expect(await line.run(down, { cacheKey: 'a' })).toBe(1);
    await settle();
    expect(recorder.of('cache.refresh-failed')).toMatchObject([{ error: { message: 'down' } }]);
    expect(await get('a')).toBe(1);
    await settle();
    expect(await get('a')).toBe(2);
  });

  it('is over with its time: then the call waits for the new value', async () => {
    const { get, time } = setUp(options);
    await get('a');
    await time.advance(150);
    expect(await get('a')).toBe(2);
  });

  it('refreshes without the deadline of the call that came by', async () => {
    const runtime = virtualRuntime();
    const policy = cache({ ttl: 10, staleWhileRevalidate: 1_000 });
    const line = pipeline('product', [policy], { runtime });
    const database = pipeline('database', [], { runtime });
    const page = pipeline('page', [deadline(10)], { runtime });
    const options = { cacheKey: 'a' };
    await line.run(() => 'old', options);
    await runtime.time.advance(20);
    const work = () => database.run(takes(30, 'new', runtime.time));
    expect(await page.run(() => line.run(work, options))).toBe('old');
    await runtime.time.advance(30);
    expect(line.machine(policy).get('a')?.value).toBe('new');
  });

  it('refreshes on when the caller is gone, and is seen to run', async () => {
    const { line, time, machine } = setUp(options);
    await line.run(() => 'old', { cacheKey: 'a' });
    await time.advance(100);
    const controller = new AbortController();
    await line.run(takes(10, 'new', time), { cacheKey: 'a', signal: controller.signal });
    controller.abort();
    expect(line.running).toBe(1);
    await time.advance(10);
    expect(machine.get('a')?.value).toBe('new');
    expect(line.running).toBe(0);
  });

  it('keeps on refreshing when the function that judges values throws', async () => {
    let broken = false;
    const { get, time, recorder } = setUp({
      ...options,
      keep() {
        if (broken) throw new Error('no judgement');
        return true;
      },
    });
    await get('a');
    await time.advance(100);
    broken = true;
    await get('a');
    await settle();
    expect(recorder.of('cache.refresh-failed')).toHaveLength(1);
    broken = false;
    await get('a');
    await settle();
    expect(await get('a')).toBe(3);
  });
});

describe('stale if error', () => {
  const options = { ttl: 100, staleIfError: 1_000 };

  it('serves the old value when getting a new one failed', async () => {
    const { line, get, time, recorder } = setUp(options);
    await get('a');
    await time.advance(500);
    expect(await line.run(down, { cacheKey: 'a' })).toBe(1);
    expect(recorder.of('cache.stale-served')).toMatchObject([{ ageMs: 500, because: 'error' }]);
    expect(await get('a')).toBe(2);
  });

  it('serves it for refusals of the policies within too', async () => {
    const runtime = virtualRuntime();
    const breaker = circuitBreaker();
    const line = pipeline('product', [cache(options), breaker], { runtime });
    await line.run(() => 'old', { cacheKey: 'a' });
    await runtime.time.advance(100);
    line.machine(breaker).isolate(100);
    expect(await line.run(() => 'new', { cacheKey: 'a' })).toBe('old');
  });

  it('is over with its time: then the error comes out', async () => {
    const { line, get, time } = setUp(options);
    await get('a');
    await time.advance(1_100);
    await expect(line.run(down, { cacheKey: 'a' })).rejects.toThrow('down');
  });

  it("does not serve it for a caller's abort", async () => {
    const { line, get, time } = setUp(options);
    await get('a');
    await time.advance(500);
    const controller = new AbortController();
    const calling = line.run(takes(10, 'new', time), { cacheKey: 'a', signal: controller.signal });
    controller.abort('gone');
    await expect(calling).rejects.toBe('gone');
  });
});

it.each([
  [{}, /`ttl`.*a duration/],
  [{ ttl: -1 }, /`ttl`/],
  [{ ttl: 1, maxEntries: 0 }, /`maxEntries`.*at least 1/],
  [{ ttl: 1, swr: 1 }, /`cache options`.*keys among/],
])('refuses %j when it is described', (options, message) => {
  expect(() => cache(options as never)).toThrow(message);
});
